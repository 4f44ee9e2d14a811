"""Gradient check by finite differences. Aggarwal 3.2.10.

The text uses the forward difference (L(w + e) - L(w)) / e; the central difference used here has an error of order e^2
instead of e.
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np

STEPS = (1e-5, 1e-6, 1e-7)  # the first is best for a smooth loss; smaller steps cross fewer kinks
LIMIT = 1e-6  # of the ratio, as in the text
ROUNDING = 32 * float(np.finfo(np.float64).eps)  # relative rounding error of a loss


class CheckedEntry(NamedTuple):
    """One entry of a gradient.

    exact: the value from backpropagation; estimate: the finite difference; ratio: |exact - estimate| / |exact +
    estimate|, 0 where the difference is a rounding error; passed: the ratio is below 1e-6; kink: it passed only with a
    smaller step, or the loss has a kink at this point and the exact value lies between the slopes on both sides.
    """

    exact: float
    estimate: float
    ratio: float
    passed: bool
    kink: bool


def ratio(exact: float, estimate: float) -> float:
    """Return |exact - estimate| / |exact + estimate|, or 0 if both are 0. Aggarwal eq. 3.34."""
    if exact == estimate:
        return 0.0
    return abs(exact - estimate) / abs(exact + estimate) if exact != -estimate else float("inf")


def check(
    loss: Callable[[], float], values: np.ndarray, gradient: np.ndarray, indices: Iterable[int]
) -> list[CheckedEntry]:
    """Return the check of the chosen entries of a gradient.

    loss: a deterministic function of the current values, in float64; values: contiguous, changed in place and restored;
    indices: in the flattened array.
    """
    flat, exact = values.reshape(-1), gradient.reshape(-1)
    assert np.shares_memory(flat, values)
    return [_check_one(loss, flat, index, float(exact[index])) for index in indices]


def _check_one(loss: Callable[[], float], flat: np.ndarray, index: int, exact: float) -> CheckedEntry:
    here, value = loss(), float(flat[index])
    first: CheckedEntry | None = None
    for step in STEPS:
        flat[index] = value + step
        above = loss()
        flat[index] = value - step
        below = loss()
        flat[index] = value
        estimate = (above - below) / (2 * step)
        rounding = ROUNDING * max(abs(above), abs(below)) / step
        error = ratio(exact, estimate)
        if error < LIMIT or abs(exact - estimate) <= rounding:
            return CheckedEntry(exact, estimate, error if error < LIMIT else 0.0, passed=True, kink=first is not None)
        first = first or CheckedEntry(exact, estimate, error, passed=False, kink=False)
    assert first is not None
    slopes = sorted(((here - below) / step, (above - here) / step))
    between = slopes[0] - 2 * rounding <= exact <= slopes[1] + 2 * rounding
    if between and slopes[1] - slopes[0] > 4 * rounding + LIMIT * max(map(abs, slopes)):
        return first._replace(passed=True, kink=True)
    return first
