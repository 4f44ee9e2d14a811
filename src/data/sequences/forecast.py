"""Forecasting: windows of a series, with the value a few steps ahead as target.

Source: Aggarwal 7.7.5. Shapes: N values of the series, F features, T steps of a window, B windows.
"""

from abc import abstractmethod

import numpy as np
import torch
from numpy.typing import NDArray

from ...errors import UserError
from ...preprocessing.series import SeriesPreprocessing
from ...spec import Batch, DataSpec
from ..base import Data, Splits
from ..holdout import check_fraction

Floats = NDArray[np.float64]


class Forecast(Data):
    """All windows x_1, ..., x_T of a series, with the target x_(t + horizon) at each step t, or only at T.

    features: number F of features; steps: window length T; horizon: steps ahead, at least 1; every_step: targets at
    each step of a window, else only at its last step; val, test: fractions at the end of the series, val may be 0. No
    value is in two splits, neither as input nor as target. Values are standardized with the mean and standard deviation
    of the training part. Raises UserError for values out of range, and in `load` if a split is shorter than a window
    with its targets.
    """

    def __init__(
        self,
        *,
        features: int,
        steps: int,
        horizon: int,
        val: float,
        test: float,
        seed: int,
        every_step: bool = True,
    ) -> None:
        super().__init__(seed=seed)
        for name, value in [("steps", steps), ("horizon", horizon)]:
            if value < 1:
                raise UserError(f"{name} is {value}; it must be at least 1")
        check_fraction("val", val)
        check_fraction("test", test)
        if not test or val + test >= 1:
            raise UserError(f"val={val} and test={test}: test must be above 0, and val + test below 1")
        self.steps = steps
        self.horizon = horizon
        self.val = val
        self.test = test
        self.every_step = every_step
        self.spec = DataSpec(
            "real",
            (features,),
            "real",
            features,
            sequence=True,
            seq_len=steps,
            per_step=every_step,
            autoregressive=every_step,
        )
        self._preprocessing: SeriesPreprocessing | None = None

    @abstractmethod
    def series(self) -> Floats:
        """Return the series in temporal order: (N, F)."""

    @property
    def preprocessing(self) -> SeriesPreprocessing:
        """The conversion of a series to windows, and of forecasts to values; fitted on first use."""
        if self._preprocessing is None:
            self._preprocessing = self.fit(*statistics(self.parts(self.series())["train"]))
        return self._preprocessing

    def fit(self, mean: Floats, scale: Floats) -> SeriesPreprocessing:
        """Return the preprocessing with the mean and standard deviation of the training part, (F,) each."""
        return SeriesPreprocessing(
            steps=self.steps,
            horizon=self.horizon,
            every_step=self.every_step,
            mean=tuple(mean.tolist()),
            scale=tuple(scale.tolist()),
        )

    def load(self) -> Splits:
        """Split the series in temporal order, and cut each part into windows."""
        parts = self.parts(self.series())
        mean, scale = statistics(parts["train"])
        self._preprocessing = self.fit(mean, scale)
        return {name: self.windows((part - mean) / scale) for name, part in parts.items()}

    def use_input_as_target(self) -> None:
        """Raise UserError: a series is for forecasting."""
        raise UserError(
            "a time series is for forecasting, not for a network that reconstructs its input; "
            "data=array data.target=[] reads its rows as independent examples"
        )

    def train_rows(self, n: int) -> int:
        """Return the number of rows in the training part, the first of `n` rows."""
        return n - round(self.val * n) - round(self.test * n)

    def parts(self, series: Floats) -> dict[str, Floats]:
        """Return the parts of the series by name. Raises UserError for one that is too short."""
        n = len(series)
        rest, last = self.train_rows(n), n - round(self.test * n)
        parts = {"train": series[:rest], "val": series[rest:last], "test": series[last:]}
        parts = {name: part for name, part in parts.items() if name != "val" or self.val}
        needed = self.steps + self.horizon
        for name, part in parts.items():
            if len(part) < needed:
                change = "smaller data.steps"
                if n >= needed * len(parts):  # otherwise the series is too short for any fractions
                    held_out = " and ".join(f"data.{other}" for other in parts if other != "train")
                    change = (
                        f"smaller {held_out}, or {change}" if name == "train" else f"larger data.{name} or {change}"
                    )
                raise UserError(
                    f"{name} has {len(part)} of the {n} values; steps={self.steps} and horizon={self.horizon} "
                    f"need {needed}; set a {change}"
                )
        return parts

    def windows(self, part: Floats) -> Batch:
        """Return all windows of (N, F) with their targets: x (B, T, F), y (B, T, F) or (B, F), both views."""
        values = torch.from_numpy(part.astype(np.float32))
        windows = values.unfold(0, self.steps, 1).transpose(1, 2)
        targets = windows[self.horizon :]
        return Batch(windows[: -self.horizon], targets if self.every_step else targets[:, -1])


def statistics(train: Floats) -> tuple[Floats, Floats]:
    """Return the mean and standard deviation of each feature, (F,); a constant feature gets a deviation of 1."""
    mean, deviation = train.mean(0), train.std(0)
    deviation[train.min(0) == train.max(0)] = 1  # not the rounding error of a constant feature
    return mean, deviation
