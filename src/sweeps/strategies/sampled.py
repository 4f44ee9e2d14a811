"""Bayesian optimization with a sampler of Optuna."""

import warnings
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from ...errors import UserError
from ..space import Point, Space
from .base import END, PastTrial, Strategy, at_least, require_params

if TYPE_CHECKING:
    from optuna.samplers import BaseSampler


class Sampled(Strategy):
    """Points that a sampler of Optuna proposes, given the trials so far.

    sampler: a function of the seed that returns the sampler, for example `functools.partial(TPESampler, ...)`. It is
    built for each trial with a seed from (seed, number), so that a sweep that continues proposes the same points.
    """

    def __init__(self, *, sampler: Callable[..., Any], trials: int, seed: int = 0) -> None:
        at_least("trials", trials, 1)
        self.number = trials
        self.seed = seed
        self.sampler = sampler

    def check(self, space: Space) -> None:
        """Raise UserError for an empty space, and for settings that the sampler rejects."""
        require_params(space)
        try:
            self.sampler_of(0)
        except (TypeError, ValueError, ImportError) as error:
            raise UserError(f"sweep.strategy.sampler: {error}") from error

    def trials(self, space: Space) -> int:
        """Return the number of trials; a repeated point counts, but is not trained again."""
        del space
        return self.number

    def next(self, space: Space, tried: Sequence[PastTrial]) -> Point | str:
        """Return END after the last trial, else nothing: the study asks the sampler."""
        return END if len(tried) >= self.number else {}

    def sampler_of(self, number: int) -> "BaseSampler":
        """Return the sampler of a trial."""
        from numpy.random import SeedSequence
        from optuna.exceptions import ExperimentalWarning

        (state,) = SeedSequence((self.seed, number)).generate_state(1)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ExperimentalWarning)  # several samplers are experimental
            made: Any = self.sampler(seed=int(state))
        return made
