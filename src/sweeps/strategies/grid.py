"""Grid search."""

from collections.abc import Sequence
from math import prod

from ...errors import UserError
from ..space import Point, Range, Space
from .base import END, PastTrial, Strategy, at_least


class Grid(Strategy):
    """Every combination of the values, the last parameter varies fastest. Aggarwal 3.3.1.

    points: number of values of each range, at equal distances on its scale; None: ranges must have a step.
    """

    def __init__(self, *, points: int | None = None) -> None:
        if points is not None:
            at_least("points", points, 1)
        self.points = points

    def check(self, space: Space) -> None:
        """Raise UserError for a range without a number of points, and for a number of points without a range."""
        if self.points is not None and not any(isinstance(param, Range) for param in space.params):
            raise UserError(f"sweep.strategy.points={self.points} has no effect: no parameter is a range")
        self.trials(space)

    def trials(self, space: Space) -> int:
        """Return the number of combinations."""
        return prod(len(param.grid(self.points)) for param in space.params)

    def next(self, space: Space, tried: Sequence[PastTrial]) -> Point | str:
        """Return the combination with the number of the next trial."""
        index, point = len(tried), {}
        for param in reversed(space.params):
            values = param.grid(self.points)
            index, place = divmod(index, len(values))
            point[param.key] = values[place]
        return END if index else {param.key: point[param.key] for param in space.params}
