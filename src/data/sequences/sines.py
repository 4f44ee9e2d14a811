"""A sum of sine waves with noise. Source: Aggarwal 7.7.5 (forecasting). Shapes: N values."""

import math
from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from ...errors import UserError
from .forecast import Floats, Forecast


class Sines(Forecast):
    """A sum of sine waves with random phases and noise: windows of the series and the values to forecast.

    length: number N of values; periods: of the waves, in steps, each above 2, the amplitude is 1; noise: standard
    deviation of the added noise. Without noise, a sum of k waves is determined by the previous 2k values. steps: window
    length; horizon: steps ahead, at least 1; every_step: targets at each step of a window, else only at its last step;
    val, test: fractions at the end of the series, val may be 0. Raises UserError for values out of range.
    """

    batch_size: ClassVar[int] = 50

    def __init__(
        self,
        *,
        length: int = 2000,
        periods: Sequence[float] = (20.0, 31.0, 53.0),
        noise: float = 0.0,
        steps: int = 50,
        horizon: int = 1,
        every_step: bool = True,
        val: float = 0.1,
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
        if length < 1:
            raise UserError(f"length is {length}; it must be at least 1")
        if not periods or not all(2 < period < math.inf for period in periods):
            raise UserError(f"periods is {list(periods)}; each must be above 2 steps, and there must be one")
        if not 0 <= noise < math.inf:
            raise UserError(f"noise is {noise}; it is a standard deviation, at least 0")
        self.length = length
        self.periods = tuple(periods)
        self.noise = noise

    def series(self) -> Floats:
        """Return the sum of the waves, with phases and noise sampled by seed."""
        generator = np.random.default_rng(self.seed)
        phases = generator.uniform(0, 2 * np.pi, len(self.periods))
        angles = 2 * np.pi * np.arange(self.length)[:, None] / np.array(self.periods) + phases
        values = np.sin(angles).sum(1) + self.noise * generator.standard_normal(self.length)
        return values[:, None]
