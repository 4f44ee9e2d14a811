"""Forecasting: windows of a series, with the value a few steps ahead as target.

Source: Aggarwal 7.7.5. Shapes: N values of the series, F features, T steps of a window, B windows.
"""

from abc import abstractmethod

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ...errors import UserError
from ...preprocessing.series import SeriesPreprocessing
from ...spec import Batch, DataSpec
from ..base import Data, Splits
from ..holdout import check_fraction
from ..splits import Split

Floats = NDArray[np.float64]


class Forecast(Data):
    """All windows x_1, ..., x_T of a series, with the target x_(t + horizon) at each step t, or only at T.

    features: number F of features; steps: window length T; horizon: steps ahead, at least 1; every_step: targets at
    each step of a window, else only at its last step; val, test: fractions at the end of the series, val may be 0. In
    cross-validation, the folds are blocks of consecutive values before the test part; windows of the values before and
    after the block are for training. No value is in two splits, neither as input nor as target. Values are standardized
    with the mean and standard deviation of the training part. Raises UserError for values out of range, and in `load`
    if a split is shorter than a window with its targets.
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
            series = self.series()
            self.check_lengths(self.parts(len(series)), len(series))
            self._preprocessing = self.fit(*statistics(self.train_values(series)))
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
        """Cut each part of the series into windows."""
        series = self.series()
        parts = self.parts(len(series))
        self.check_lengths(parts, len(series))
        mean, scale = statistics(self.train_values(series))
        self._preprocessing = self.fit(mean, scale)
        windows = self.windows((series - mean) / scale)
        return {name: Split(windows, self.rows(each)) for name, each in parts.items()}

    def use_input_as_target(self) -> None:
        """Raise UserError: a series is for forecasting."""
        raise UserError(
            "a time series is for forecasting, not for a network that reconstructs its input; "
            "data=array data.path=FILE data.target=[] reads its rows as independent examples"
        )

    def train_values(self, series: Floats) -> Floats:
        """Return the training values of a series (N, F)."""
        return np.concatenate([series[part] for part in self.parts(len(series))["train"]])

    def parts(self, n: int) -> dict[str, list[slice]]:
        """Return the parts of a series of `n` values in each split; in cross-validation, `train` may have two."""
        rest, last = n - round(self.val * n) - round(self.test * n), n - round(self.test * n)
        fold = self.take_fold()
        if fold is not None:
            held = fold.block(last)
            train = [part for part in (slice(0, held.start), slice(held.stop, last)) if part.start < part.stop]
            return {"train": train, "val": [held], "test": [slice(last, n)]}
        parts = {"train": [slice(0, rest)], "val": [slice(rest, last)], "test": [slice(last, n)]}
        return {name: part for name, part in parts.items() if name != "val" or self.val}

    def check_lengths(self, parts: dict[str, list[slice]], n: int) -> None:
        """Raise UserError for a split of a series of `n` values in which no window fits with its targets."""
        needed = self.steps + self.horizon
        for name, each in parts.items():
            longest = max(part.stop - part.start for part in each)
            if longest < needed:
                change = "smaller data.steps"
                if self.take_fold() is not None and name != "test":
                    change = f"smaller cv or {change}"
                elif n >= needed * len(parts):  # otherwise the series is too short for any fractions
                    held_out = " and ".join(f"data.{other}" for other in parts if other != "train")
                    change = (
                        f"smaller {held_out}, or {change}" if name == "train" else f"larger data.{name} or {change}"
                    )
                raise UserError(
                    f"{name} has {longest} of the {n} values; steps={self.steps} and horizon={self.horizon} "
                    f"need {needed}; set a {change}"
                )

    def rows(self, parts: list[slice]) -> slice | Tensor:
        """Return the windows that are in one of the parts with their targets; windows are numbered by their start."""
        needed = self.steps + self.horizon
        starts = [slice(part.start, part.stop - needed + 1) for part in parts if part.stop - part.start >= needed]
        return starts[0] if len(starts) == 1 else torch.cat([torch.arange(each.start, each.stop) for each in starts])

    def windows(self, series: Floats) -> Batch:
        """Return all windows of a series (N, F) with their targets: x (B, T, F), y (B, T, F) or (B, F), both views."""
        values = torch.from_numpy(series.astype(np.float32))
        windows = values.unfold(0, self.steps, 1).transpose(1, 2)
        targets = windows[self.horizon :]
        return Batch(windows[: -self.horizon], targets if self.every_step else targets[:, -1])


def statistics(train: Floats) -> tuple[Floats, Floats]:
    """Return the mean and standard deviation of each feature, (F,); a constant feature gets a deviation of 1."""
    mean, deviation = train.mean(0), train.std(0)
    deviation[train.min(0) == train.max(0)] = 1  # not the rounding error of a constant feature
    return mean, deviation
