"""Grid search from coarse to fine."""

import math
from collections.abc import Iterator, Sequence
from itertools import product

from ..space import Choice, Param, Point, Space, Value
from .base import END, WAIT, PastTrial, Strategy, at_least, best, require_params


class CoarseToFine(Strategy):
    """Grids around the best point so far, each finer than the last. Aggarwal 3.3.1.

    points: values of each range in a grid, odd, so that the best point is in the next grid; rounds: number of grids.
    The next grid lies between the neighbours of the best value, so it also leaves the range of the sweep if the best
    value is at its edge, but keeps its sign. After the first round, choices keep their best value.
    """

    def __init__(self, *, points: int = 3, rounds: int = 3) -> None:
        at_least("points", points, 3)
        at_least("rounds", rounds, 1)
        if points % 2 == 0:
            raise ValueError(f"points is {points}; it must be odd, so that the best point is in the next grid")
        self.points = points
        self.rounds = rounds

    def check(self, space: Space) -> None:
        """Raise UserError for an empty space, and for one without a range."""
        require_params(space)

    def trials(self, space: Space) -> None:
        """Return None: how many points a grid shares with the last one depends on the results."""

    def next(self, space: Space, tried: Sequence[PastTrial]) -> Point | str:
        """Return the next point of the current grid."""
        axes = [param.grid(self.points) for param in space.params]
        so_far: list[PastTrial] = []
        for _ in range(self.rounds):
            grid = list(combinations(space, axes))
            so_far += [each for each in tried if each.point in grid and each not in so_far]
            known = [each.point for each in so_far]
            for point in grid:
                if point not in known:
                    return point
            if not all(each.ended for each in so_far):
                return WAIT
            if (centre := best(so_far)) is None:
                return END
            finer = [
                self.refine(param, values, centre.point[param.key])
                for param, values in zip(space.params, axes, strict=True)
            ]
            if finer == axes:
                return END
            axes = finer
        return END

    def refine(self, param: Param, values: Sequence[Value], centre: Value) -> list[Value]:
        """Return the values of the next grid between the neighbours of the best value."""
        if isinstance(param, Choice) or len(values) < 2:
            return [centre]
        to, back = (math.log, math.exp) if param.log else (float, float)
        start, end, middle = (to(float(value)) for value in (values[0], values[-1], centre))
        half = self.points // 2
        distance = (end - start) / (len(values) - 1) / (half + 1)
        found = [param.nearest(back(middle + distance * i)) for i in range(-half, half + 1)]
        found[half] = float(centre) if not param.integer else int(centre)  # exactly, so that no trial is repeated
        return [value for value in dict.fromkeys(found) if value >= 0 or param.low < 0]


def combinations(space: Space, axes: Sequence[Sequence[Value]]) -> Iterator[Point]:
    """Yield the points of a grid."""
    keys = [param.key for param in space.params]
    return (dict(zip(keys, values, strict=True)) for values in product(*axes))
