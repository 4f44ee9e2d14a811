"""The interface of strategies, and what they know of the trials so far."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

from ...errors import UserError
from ..space import Param, Point, Space, Value

WAIT = "wait"
"""The next point depends on trials that have not ended."""
END = "end"
"""There is no further point."""
ATTEMPTS = 100  # draws before a space counts as exhausted


@dataclass(frozen=True)
class PastTrial:
    """A trial. point: its parameters; ended: whether it has ended; value: its metric, lower is better, None if unknown.

    A trial without a value that has ended was pruned, diverged or failed.
    """

    number: int
    point: Point
    ended: bool
    value: float | None


class Strategy(ABC):
    """Chooses the parameters of the trials of a sweep.

    A strategy has no state: the next point follows from the trials so far, so that a sweep can continue in another
    process.
    """

    @abstractmethod
    def check(self, space: Space) -> None:
        """Raise UserError if the strategy cannot search the space."""

    @abstractmethod
    def trials(self, space: Space) -> int | None:
        """Return the number of trials, None if it is not known in advance."""

    @abstractmethod
    def next(self, space: Space, tried: Sequence[PastTrial]) -> Point | str:
        """Return the point of the next trial, WAIT or END."""


def require_params(space: Space) -> None:
    """Raise UserError for an empty space."""
    if not space.params:
        raise UserError(
            "nothing to search: give a setting several values or a range, such as "
            "'optimizer.lr=tag(log,interval(1e-4,1e-1))', or set sweep.params"
        )


def at_least(name: str, value: float, least: float) -> None:
    """Raise ValueError if a setting is below its minimum."""
    if value < least:
        raise ValueError(f"{name} is {value}; it must be at least {least}")


def best(tried: Sequence[PastTrial]) -> PastTrial | None:
    """Return the best trial, the first of equals, None if no trial has a value."""
    known = [(each.value, each.number, each) for each in tried if each.value is not None]
    return min(known)[2] if known else None


def sampled(param: Param, seed: int) -> Value:
    """Return a random value of a parameter, with four significant digits."""
    from optuna.samplers import RandomSampler

    found: Value = RandomSampler(seed=seed).sample_independent(None, None, param.key, param.distribution())  # type: ignore[arg-type]
    return param.rounded(found)
