"""Multi-resolution random search."""

import math
from collections.abc import Sequence
from dataclasses import replace

from ..space import Choice, Param, Point, Range, Space
from .base import END, WAIT, PastTrial, at_least, best
from .random import Random, draw


class MultiResolution(Random):
    """Rounds of random draws from boxes that shrink around the best point so far. Aggarwal 3.3.1.

    trials, rounds: number of trials, and of rounds into which they are divided evenly; shrink: length of a range
    relative to the round before, on the scale of the parameter. Boxes stay inside the ranges of the sweep; choices keep
    all their values.
    """

    def __init__(self, *, trials: int, rounds: int = 4, shrink: float = 0.5, seed: int = 0) -> None:
        at_least("rounds", rounds, 1)
        at_least("trials", trials, rounds)
        if not 0 < shrink < 1:
            raise ValueError(f"shrink is {shrink}; it must be above 0 and below 1")
        super().__init__(trials=trials, seed=seed)
        self.rounds = rounds
        self.shrink = shrink

    def next(self, space: Space, tried: Sequence[PastTrial]) -> Point | str:
        """Return a point of the current box."""
        if len(tried) >= self.number:
            return END
        turn = len(tried) * self.rounds // self.number
        before = tried[: math.ceil(turn * self.number / self.rounds)]  # of the rounds that are complete
        if not all(each.ended for each in before):
            return WAIT
        centre = best(before)
        scale = self.shrink**turn
        box = Space(tuple(smaller(p, centre.point[p.key], scale) if centre else p for p in space.params))
        return draw(box, (self.seed, len(tried)), [each.point for each in tried])


def smaller(param: Param, centre: str | int | float, scale: float) -> Param:
    """Return a parameter whose range has the length `scale`, relative to the whole one, around `centre`."""
    if isinstance(param, Choice):
        return param
    low, high, middle = (scaled(param, number) for number in (param.low, param.high, float(centre)))
    half = (high - low) * scale / 2
    start, end = max(low, middle - half), min(high, middle + half)
    bounds = [math.exp(each) if param.log else each for each in (start, end)]
    if param.integer or param.step:
        bounds = [float(param.rounded(each)) for each in bounds]
    kind = int if param.integer else float
    return replace(param, low=kind(bounds[0]), high=kind(bounds[1]))


def scaled(param: Range, number: float) -> float:
    """Return a number on the scale of a parameter."""
    return math.log(number) if param.log else number
