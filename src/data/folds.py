"""Folds of cross-validation.

Shapes: N examples.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

import torch
from torch import Tensor

from ..errors import UserError


@dataclass(frozen=True)
class Fold:
    """Fold `index` of `count` folds: 0 <= index < count, count >= 2."""

    index: int
    count: int

    def rows(self, n: int, seed: int, classes: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Return the sorted indices of `n` examples outside the fold and in it; the folds depend on `seed` alone.

        classes: int64 (N,), for stratified folds. The sizes of two folds, and the numbers of examples of a class in
        them, differ by at most one: the examples of one class after the other are dealt to the folds in turn. Raises
        UserError if there are more folds than examples.
        """
        self.check(n)
        order = torch.randperm(n, generator=torch.Generator().manual_seed(seed))
        if classes is not None:
            order = order[classes[order].argsort(stable=True)]
        held = torch.zeros(n, dtype=torch.bool)
        held[order[self.index :: self.count]] = True
        return (~held).nonzero().flatten(), held.nonzero().flatten()

    def block(self, n: int) -> slice:
        """Return the values of a series of `n` values that are in the fold; the folds are in temporal order.

        Raises UserError if there are more folds than values.
        """
        self.check(n)
        return slice(self.index * n // self.count, (self.index + 1) * n // self.count)

    def check(self, n: int) -> None:
        """Raise UserError if there are more folds than examples."""
        if self.count > n:
            raise UserError(f"cv is {self.count}; there are only {n} training and validation examples")


_FOLD: ContextVar[Fold | None] = ContextVar("fold", default=None)


@contextmanager
def validating_on(fold: Fold | None) -> Iterator[None]:
    """Give the data sets that are constructed in this context the fold as validation split, None for their own."""
    token = _FOLD.set(fold)
    try:
        yield
    finally:
        _FOLD.reset(token)


def current_fold() -> Fold | None:
    """Return the fold of the innermost `validating_on`."""
    return _FOLD.get()
