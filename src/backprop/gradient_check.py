"""Gradients held against difference quotients. Aggarwal 3.2.10.

The text takes the quotient (L(w + e) - L(w)) / e; the central one used here errs by e^2 instead of e.
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np

STEPS = (1e-5, 1e-6, 1e-7)  # the first is best where the loss is smooth; smaller ones step past fewer kinks
LIMIT = 1e-6  # the text's, of the ratio
ROUNDING = 32 * float(np.finfo(np.float64).eps)  # of a loss, relative to it


class Checked(NamedTuple):
    """One number of a gradient: exact, as backpropagation has it, and its estimate.

    ratio: |exact - estimate| / |exact + estimate|, 0 where the difference is mere rounding; right: it is below 1e-6;
    kink: it is so only for a smaller step than usual, or the loss has a kink just here and the exact number is
    between the slopes on both sides.
    """

    exact: float
    estimate: float
    ratio: float
    right: bool
    kink: bool


def ratio(exact: float, estimate: float) -> float:
    """Return |exact - estimate| / |exact + estimate|: 0 where both are 0. Aggarwal eq. 3.34."""
    if exact == estimate:
        return 0.0
    return abs(exact - estimate) / abs(exact + estimate) if exact != -estimate else float("inf")


def check(loss: Callable[[], float], values: np.ndarray, gradient: np.ndarray, places: Iterable[int]) -> list[Checked]:
    """Return what the chosen numbers of a gradient are worth.

    loss: of the values as they stand, in float64 and without chance; values: changed in place and restored;
    places: in the flattened array.
    """
    flat, exact = values.reshape(-1), gradient.reshape(-1)
    assert np.shares_memory(flat, values)
    return [_check_one(loss, flat, place, float(exact[place])) for place in places]


def _check_one(loss: Callable[[], float], flat: np.ndarray, place: int, exact: float) -> Checked:
    here, value = loss(), float(flat[place])
    first: Checked | None = None
    for step in STEPS:
        flat[place] = value + step
        above = loss()
        flat[place] = value - step
        below = loss()
        flat[place] = value
        estimate = (above - below) / (2 * step)
        rounding = ROUNDING * max(abs(above), abs(below)) / step
        off = ratio(exact, estimate)
        if off < LIMIT or abs(exact - estimate) <= rounding:
            return Checked(exact, estimate, off if off < LIMIT else 0.0, right=True, kink=first is not None)
        first = first or Checked(exact, estimate, off, right=False, kink=False)
    assert first is not None
    slopes = sorted(((here - below) / step, (above - here) / step))
    between = slopes[0] - 2 * rounding <= exact <= slopes[1] + 2 * rounding
    if between and slopes[1] - slopes[0] > 4 * rounding + LIMIT * max(map(abs, slopes)):
        return first._replace(right=True, kink=True)
    return first
