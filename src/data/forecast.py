"""Forecasting: windows of a series, and at each or the last of their steps what comes a few steps later.

Source: Aggarwal 7.7.5. Shapes: N values of the series, F features, T steps of a window, B windows.
"""

from abc import abstractmethod

import numpy as np
import torch
from numpy.typing import NDArray

from ..errors import UserError
from ..spec import Batch, DataSpec
from .base import Data, Splits
from .holdout import check_fraction

Floats = NDArray[np.float64]


class Forecast(Data):
    """Every window of a series: x_1 to x_T, with the target x_(t + horizon) at each step t, or only at T.

    features: F of the series; steps: T; horizon: steps ahead, at least 1; every_step: a target at each, else at the
    last alone; val, test: fractions of the series at its end, val 0 for none. No value of a split, target or input,
    is in another split. All are brought to mean 0 and standard deviation 1 of the training part. Raises UserError
    for values out of range, and in `load` if a split is shorter than a window with its targets.
    """

    def __init__(
        self,
        *,
        features: int,
        steps: int,
        horizon: int,
        val: float,
        test: float,
        batch_size: int,
        seed: int,
        every_step: bool = True,
    ) -> None:
        super().__init__(batch_size=batch_size, seed=seed)
        for name, value in [("steps", steps), ("horizon", horizon)]:
            if value < 1:
                raise UserError(f"{name} is {value}; it must be at least 1")
        check_fraction("val", val)
        check_fraction("test", test)
        if not test or val + test >= 1:
            raise UserError(f"val={val} and test={test}: test must be above 0, and something be left to train on")
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
            foretold=every_step,
        )

    @abstractmethod
    def series(self) -> Floats:
        """Return the whole series in order of time: (N, F)."""

    def load(self) -> Splits:
        """Cut the series in order of time and each part into windows."""
        series = self.series()
        n = len(series)
        held = {"val": round(self.val * n), "test": round(self.test * n)}
        rest = n - sum(held.values())
        train = series[:rest]
        parts = {"train": train, "val": series[rest : n - held["test"]], "test": series[n - held["test"] :]}
        parts = {name: part for name, part in parts.items() if name != "val" or self.val}
        for name, part in parts.items():
            if len(part) < self.steps + self.horizon:
                raise UserError(
                    f"{name} has {len(part)} of the {n} values; steps={self.steps} and horizon={self.horizon} "
                    f"need {self.steps + self.horizon}"
                )
        mean, deviation = train.mean(0), train.std(0)
        deviation[train.min(0) == train.max(0)] = 1  # not the rounding error of a constant feature
        return {name: self.windows((part - mean) / deviation) for name, part in parts.items()}

    def windows(self, part: Floats) -> Batch:
        """Return all windows of (N, F) with their targets: x (B, T, F), y (B, T, F) or (B, F), views of the values."""
        values = torch.from_numpy(part.astype(np.float32))
        windows = values.unfold(0, self.steps, 1).transpose(1, 2)
        targets = windows[self.horizon :]
        return Batch(windows[: -self.horizon], targets if self.every_step else targets[:, -1])
