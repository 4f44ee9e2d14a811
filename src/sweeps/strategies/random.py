"""Random search."""

from collections.abc import Sequence

from ..space import Point, Space
from .base import ATTEMPTS, END, PastTrial, Strategy, at_least, require_params, sampled


class Random(Strategy):
    """Independent uniform draws, on a logarithmic scale where a parameter says so. Aggarwal 3.3.1.

    The draw of a trial depends only on seed and number. A point that was tried already is replaced by another draw.
    """

    def __init__(self, *, trials: int, seed: int = 0) -> None:
        at_least("trials", trials, 1)
        self.number = trials
        self.seed = seed

    def check(self, space: Space) -> None:
        """Raise UserError for an empty space."""
        require_params(space)

    def trials(self, space: Space) -> int:
        """Return the number of trials, at most the number of points."""
        return int(min(self.number, space.size))

    def next(self, space: Space, tried: Sequence[PastTrial]) -> Point | str:
        """Return the point of the next trial."""
        if len(tried) >= self.number:
            return END
        return draw(space, (self.seed, len(tried)), [each.point for each in tried])


def draw(space: Space, seed: Sequence[int], known: Sequence[Point]) -> Point | str:
    """Return a random point that is not known, or END if none is found."""
    from numpy.random import SeedSequence

    generator = SeedSequence(tuple(seed))
    for source in generator.spawn(ATTEMPTS if len(known) < space.size else 0):
        seeds = source.generate_state(len(space.params))
        point = {param.key: sampled(param, int(number)) for param, number in zip(space.params, seeds, strict=True)}
        if point not in known:
            return point
    return END
