"""Preprocessing of numeric arrays that are passed to the network unchanged: points, bits, sequences of vectors.

Shapes: N examples, T steps.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import torch
from torch import Tensor

from ..errors import UserError
from ..files.arrays import read_inputs
from .base import PIECE, Inputs, Preprocessing


@dataclass(frozen=True, kw_only=True)
class NumberPreprocessing(Preprocessing):
    """Check of shape and range, without fitting.

    shape: shape of one example or one step; sequence, seq_len, low, high: as in `DataSpec`; unknown: numbers may be
    unknown, NaN.
    """

    kind: ClassVar[str] = "numbers"

    shape: tuple[int, ...]
    sequence: bool = False
    seq_len: int | None = None
    low: float = float("-inf")
    high: float = float("inf")
    unknown: bool = False

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Self:
        """Rebuild it from `to_dict`."""
        return cls(**{**plain, "shape": tuple(plain["shape"])})

    def encode(self, raw: Any) -> Inputs:
        """Return (N, *shape) or (N, T, *shape); for a single example N may be omitted.

        Raises UserError for other shapes, numbers that are not finite, and numbers outside [low, high].
        """
        x = self._checked(as_tensor(raw))
        return Inputs(x, None, {"index": range(len(x))})

    def read(self, path: Path) -> Iterator[Inputs]:
        """Yield the examples of an .npy, an .npz (array x) or a .csv of numbers. Raises UserError."""
        values = read_inputs(path)
        if values.ndim == self._dimensions - 1:
            values = values[None]
        rows = max(1, PIECE // max(1, values[:1].size))
        for begin in range(0, len(values), rows):
            piece = self.encode(values[begin : begin + rows])
            yield piece._replace(names={"index": range(begin, begin + len(piece.x))})

    def within(self, low: float, high: float) -> Self:
        """Return a copy that refuses numbers outside [low, high]."""
        return replace(self, low=max(low, self.low), high=min(high, self.high))

    @property
    def _dimensions(self) -> int:
        return 1 + self.sequence + len(self.shape)

    def _checked(self, x: Tensor) -> Tensor:
        shape = (*([self.seq_len or "T"] if self.sequence else []), *self.shape)
        if x.ndim == len(shape):
            x = x[None]
        wanted = f"(B, {', '.join(map(str, shape))})"
        sizes = zip(shape, x.shape[1:], strict=False)
        if x.ndim != self._dimensions or any(isinstance(size, int) and size != n for size, n in sizes):
            raise UserError(f"the input has shape {tuple(x.shape)}; the network takes {wanted}")
        if self.sequence and not x.shape[1]:
            raise UserError("the input has sequences without a step")
        x = x.float()
        known = x[~x.isnan()] if self.unknown else x
        if not known.isfinite().all():
            raise UserError("the input holds numbers that are not finite")
        if known.numel() and not self.low <= known.min() <= known.max() <= self.high:
            found = f"{float(known.min()):g} to {float(known.max()):g}"
            raise UserError(
                f"the input has values from {found}; those of the data are from {self.low:g} to {self.high:g}"
            )
        return x


def as_tensor(raw: Any) -> Tensor:
    """Return numbers from Python as a tensor on the CPU. Raises UserError for other objects."""
    if isinstance(raw, Tensor):
        return raw.detach().cpu()
    try:
        values = np.asarray(raw)
        if values.dtype.kind in "biuf":
            return torch.as_tensor(values.astype(values.dtype.newbyteorder("=")))  # a file may be big-endian
    except (TypeError, ValueError) as error:
        raise UserError(f"the input is no array of numbers: {error}") from error
    raise UserError(f"the input is no array of numbers: its type is {values.dtype}")
