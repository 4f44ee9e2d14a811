"""Splits of a data set, which share the memory of their examples.

Shapes: N examples of the base, n rows of a split.
"""

from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor

from ..spec import Batch


@dataclass(frozen=True)
class Split:
    """A subset of the examples of a base; splits with the same base share its memory.

    rows: indices of the base (n,), a slice, or None for all examples. With indices, x, y and mask are gathered each
    time they are read; with a slice, they are views.
    """

    base: Batch
    rows: Tensor | slice | None = None

    @classmethod
    def of(cls, examples: "Batch | Self") -> "Split":
        """Return the split of all examples of a batch; return a split unchanged."""
        return examples if isinstance(examples, Split) else cls(examples)

    def __len__(self) -> int:
        if isinstance(self.rows, torch.Tensor):
            return len(self.rows)
        return len(self.base.x) if self.rows is None else len(range(len(self.base.x))[self.rows])

    @property
    def x(self) -> Tensor:
        """The inputs: (n, *shape)."""
        return self._select(self.base.x)

    @property
    def y(self) -> Tensor:
        """The targets: (n, ...)."""
        return self._select(self.base.y)

    @property
    def mask(self) -> Tensor | None:
        """The mask (n, T), False at padding, or None without padding."""
        return None if self.base.mask is None else self._select(self.base.mask)

    def batch(self) -> Batch:
        """Return all examples as one batch."""
        return self.base if self.rows is None else self.base.rows(self.rows)

    def take(self, index: Tensor | slice) -> Batch:
        """Return examples as a batch; index: positions in the split."""
        if isinstance(self.rows, torch.Tensor):
            return self.base.rows(index_rows(self.rows, index))
        return self.batch().rows(index)

    def subset(self, index: Tensor | slice) -> "Split":
        """Return examples as a split of the same base; index: positions in this split."""
        if self.rows is None:
            return Split(self.base, index)
        if isinstance(self.rows, torch.Tensor):
            return Split(self.base, index_rows(self.rows, index))
        here = range(len(self.base.x))[self.rows]
        if isinstance(index, slice):
            return Split(self.base, slice(here[index].start, here[index].stop))
        return Split(self.base, index + here.start)

    def steps(self, first: int, last: int, *, per_step: bool) -> "Split":
        """Return steps `first` to `last` (exclusive) of the sequences and, if `per_step`, of the targets."""
        return Split(self.base.steps(first, last, per_step=per_step), self.rows)

    def to(self, device: torch.device) -> "Split":
        """Return the split on `device`; only its own examples are copied."""
        return self if self.base.x.device == device else Split(self.batch().to(device))

    def _select(self, values: Tensor) -> Tensor:
        return values if self.rows is None else index_rows(values, self.rows)


def index_rows(values: Tensor, index: Tensor | slice) -> Tensor:
    """Return rows of a tensor: a view for a slice, a copy for indices."""
    return values[index] if isinstance(index, slice) else values.index_select(0, index)
