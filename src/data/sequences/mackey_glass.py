"""The Mackey-Glass series, a common benchmark of echo-state networks.

Source: Mackey and Glass, Oscillation and chaos in physiological control systems (1977); Aggarwal 7.4 and 7.7.5.
Shapes: N values.
"""

from typing import ClassVar

import numpy as np

from ...errors import UserError
from .forecast import Floats, Forecast

STEPS_PER_UNIT = 10  # integration steps in a unit of time
TRANSIENT = 300  # units of time that are discarded until the solution is on the attractor


class MackeyGlass(Forecast):
    """The chaotic Mackey-Glass series: windows of the series and the values to forecast.

    The solution of dx/dt = 0.2 x(t - tau) / (1 + x(t - tau)^10) - 0.1 x, the same for every seed. length: number N of
    values; tau: delay in units of time, chaotic for tau >= 17; interval: time between two values. steps: window length;
    horizon: steps ahead, at least 1; every_step: targets at each step of a window, else only at its last step; val,
    test: fractions at the end of the series, val may be 0. Raises UserError for values out of range.
    """

    batch_size: ClassVar[int] = 50

    def __init__(
        self,
        *,
        length: int = 3000,
        tau: int = 17,
        interval: int = 1,
        steps: int = 100,
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
        for name, value in [("length", length), ("tau", tau), ("interval", interval)]:
            if value < 1:
                raise UserError(f"{name} is {value}; it must be at least 1")
        self.length = length
        self.tau = tau
        self.interval = interval

    def series(self) -> Floats:
        """Solve the equation and keep the values on the attractor."""
        values = solve(TRANSIENT + self.length * self.interval, self.tau)
        return values[TRANSIENT * STEPS_PER_UNIT :: self.interval * STEPS_PER_UNIT][: self.length, None]


def solve(time: int, tau: int, start: float = 1.2) -> Floats:
    """Return x from 0 to `time`, STEPS_PER_UNIT values in a unit, by the Runge-Kutta method of order 4, in float64.

    x is `start` up to time 0. Between two steps, the delayed x is interpolated by a cubic Hermite polynomial.
    """
    step, lag = 1 / STEPS_PER_UNIT, tau * STEPS_PER_UNIT
    values, slopes = [start], []
    for i in range(time * STEPS_PER_UNIT):
        x = values[-1]
        past = values[i - lag] if i > lag else start
        slopes.append(slope(x, past))
        # x is constant before time 0, and not differentiable at 0
        between, after = start, start
        if i >= lag:
            after = values[i - lag + 1]
            between = (past + after) / 2 + step / 8 * (slopes[i - lag] - slopes[i - lag + 1])
        k1 = slopes[-1]
        k2 = slope(x + step / 2 * k1, between)
        k3 = slope(x + step / 2 * k2, between)
        k4 = slope(x + step * k3, after)
        values.append(x + step / 6 * (k1 + 2 * k2 + 2 * k3 + k4))
    return np.array(values)


def slope(x: float, past: float) -> float:
    """Return dx/dt at x, with the delayed x."""
    return 0.2 * past / (1 + past**10) - 0.1 * x
