"""Splits of a data set: rows of examples that several splits share.

Shapes: N examples of the base, n rows of a split.
"""

from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor

from ..spec import Batch


@dataclass(frozen=True)
class Split:
    """Some examples of a base; splits of one base share its memory.

    rows: places in the base (n,), a slice of neighbours, or None for all. Fields of rows in a tensor are gathered each
    time they are read; those of a slice are views.
    """

    base: Batch
    rows: Tensor | slice | None = None

    @classmethod
    def of(cls, examples: "Batch | Self") -> "Split":
        """Return a batch as a split of its own; a split as it is."""
        return examples if isinstance(examples, Split) else cls(examples)

    def __len__(self) -> int:
        if isinstance(self.rows, torch.Tensor):
            return len(self.rows)
        return len(self.base.x) if self.rows is None else len(range(len(self.base.x))[self.rows])

    @property
    def x(self) -> Tensor:
        """The inputs: (n, *shape)."""
        return self._chosen(self.base.x)

    @property
    def y(self) -> Tensor:
        """The targets: (n, ...)."""
        return self._chosen(self.base.y)

    @property
    def mask(self) -> Tensor | None:
        """The mask of real steps (n, T), None where nothing is padded."""
        return None if self.base.mask is None else self._chosen(self.base.mask)

    def batch(self) -> Batch:
        """Return all examples as one batch."""
        return self.base if self.rows is None else self.base.rows(self.rows)

    def take(self, index: Tensor | slice) -> Batch:
        """Return the chosen examples; index: places in the split."""
        if isinstance(self.rows, torch.Tensor):
            return self.base.rows(picked(self.rows, index))
        return self.batch().rows(index)

    def subset(self, index: Tensor | slice) -> "Split":
        """Return the chosen examples as rows of the same base; index: places in the split."""
        if self.rows is None:
            return Split(self.base, index)
        if isinstance(self.rows, torch.Tensor):
            return Split(self.base, picked(self.rows, index))
        here = range(len(self.base.x))[self.rows]
        if isinstance(index, slice):
            return Split(self.base, slice(here[index].start, here[index].stop))
        return Split(self.base, index + here.start)

    def steps(self, first: int, last: int, *, per_step: bool) -> "Split":
        """Return the steps from `first` up to `last` of the sequences; targets too, if they are `per_step`."""
        return Split(self.base.steps(first, last, per_step=per_step), self.rows)

    def to(self, device: torch.device) -> "Split":
        """Return the split on `device`: there, on its own, since other rows of the base may not be needed."""
        return self if self.base.x.device == device else Split(self.batch().to(device))

    def _chosen(self, values: Tensor) -> Tensor:
        return values if self.rows is None else picked(values, self.rows)


def picked(values: Tensor, index: Tensor | slice) -> Tensor:
    """Return the chosen rows of a tensor: a view of neighbours, else a copy."""
    return values[index] if isinstance(index, slice) else values.index_select(0, index)
