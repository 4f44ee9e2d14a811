"""Monthly international airline passengers, 1949 to 1960, in thousands.

Source: Box and Jenkins, Time series analysis (1970), series G. Shapes: N months.
"""

from dataclasses import replace
from typing import ClassVar

import numpy as np

from ...errors import UserError
from ...files.tables import TableFile
from ...preprocessing.series import SeriesPreprocessing
from ..folders import data_file
from .forecast import Floats, Forecast

FILE = "airline-passengers.csv"
MONTHS = 144


class Airline(Forecast):
    """Monthly airline passengers in thousands, 1949 to 1960: windows of the series and the values to forecast.

    root: folder with airline-passengers.csv, else $NNZOO_DATA, else the cache; log: take logarithms, so that the
    seasonal variation has the same size in all years; difference: d for the differences over d months, which remove the
    trend, 0 for none. Metrics are computed on the standardized differences; `predict` reads passengers and forecasts
    passengers. steps: window length; horizon: steps ahead, at least 1; every_step: targets at each step of a window,
    else only at its last step; val, test: fractions at the end of the series, val may be 0. Raises UserError for values
    out of range and for a file that is missing or damaged.
    """

    batch_size: ClassVar[int] = 10

    def __init__(
        self,
        *,
        root: str | None = None,
        log: bool = True,
        difference: int = 1,
        steps: int = 12,
        horizon: int = 1,
        every_step: bool = True,
        val: float = 0.15,
        test: float = 0.2,
        seed: int = 0,
    ) -> None:
        super().__init__(
            features=1,
            steps=steps,
            horizon=horizon,
            every_step=every_step,
            val=val,
            test=test,
            seed=seed,
        )
        if not 0 <= difference < MONTHS:
            raise UserError(f"difference is {difference} months; it must be from 0 to {MONTHS - 1}")
        self.root = root
        self.log = log
        self.difference = difference

    def fit(self, mean: Floats, scale: Floats) -> SeriesPreprocessing:
        """Return the preprocessing of passengers."""
        return replace(super().fit(mean, scale), log=self.log, difference=self.difference)

    def series(self) -> Floats:
        """Read the file."""
        path = data_file(self.root, FILE, f"a column Month and a column Passengers of {MONTHS} rows")
        file = TableFile(path)
        frame = file.read(text=["Month"], columns=["Month", "Passengers"])
        self.digest = file.digest
        values = frame[["Passengers"]].to_numpy(np.float64)
        if values.shape != (MONTHS, 1) or (values <= 0).any():
            raise UserError(f"{path} is not the original: it must have {MONTHS} months with a number above 0")
        if self.log:
            values = np.log(values)
        return values[self.difference :] - values[: -self.difference] if self.difference else values
