"""Buffers for the columns of a table that is read in pieces.

Shapes: N rows so far.
"""

from collections.abc import Collection
from typing import Any

import numpy as np
from numpy.typing import NDArray

MAX_EXACT = 1 << 53  # float64 does not represent all integers above it


class NumberBuffer:
    """A growing column of numbers or booleans in one array.

    capacity: the expected number of rows. Unwritten pages of memory cost nothing, and the column need not be copied at
    the end. inexact: the first row with an integer that float64 may not represent, None if there is none.
    """

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.values: NDArray[Any] | None = None
        self.count = 0
        self.inexact: int | None = None

    def add(self, values: NDArray[Any]) -> bool:
        """Append a piece; return False if it is not numeric, or mixes booleans and numbers."""
        if values.dtype.kind not in "biuf":
            return False
        if values.dtype.kind == "u":
            values = values.astype(np.float64)
        if self.values is None:
            self.values = np.empty(max(self.capacity, len(values)), values.dtype)
        if (values.dtype == np.bool_) != (self.values.dtype == np.bool_):
            return False
        if values.dtype == np.int64 and self.inexact is None:
            large = np.flatnonzero((values > MAX_EXACT) | (values < -MAX_EXACT))
            self.inexact = self.count + int(large[0]) if len(large) else None
        if values.dtype == np.float64 and self.values.dtype == np.int64:
            self.values = self.values.astype(np.float64)
        end = self.count + len(values)
        if end > len(self.values):
            self.values.resize(max(end, len(self.values) * 11 // 10), refcheck=False)
        self.values[self.count : end] = values
        self.count = end
        return True

    def finish(self) -> NDArray[Any]:
        """Return the column (N,)."""
        if self.values is None:
            return np.empty(0)
        self.values.resize(self.count, refcheck=False)
        return self.values


class TextBuffer:
    """A growing column of text, stored as codes of its distinct values without surrounding blanks.

    missing: cells that mean "missing".
    """

    def __init__(self, missing: Collection[str]) -> None:
        self.missing = missing
        self.index: dict[str, int] = {}
        self.pieces: list[NDArray[np.int32]] = []

    def add(self, values: NDArray[Any]) -> bool:
        """Append a piece of str cells, NaN for missing ones; return True."""
        import pandas

        codes, different = pandas.factorize(values)
        index, missing = self.index, self.missing
        stripped = [cell.strip() for cell in different]
        table = [-1 if cell in missing else index.setdefault(cell, len(index)) for cell in stripped]
        table.append(-1)  # pandas gives missing cells the code -1
        self.pieces.append(np.array(table, np.int32)[codes])
        return True

    @property
    def values(self) -> list[str]:
        """The distinct cells in order of appearance, without missing ones."""
        return list(self.index)

    def codes(self) -> NDArray[np.int32]:
        """Return the column (N,) as indices into `values`, -1 for missing cells."""
        return np.concatenate(self.pieces) if self.pieces else np.empty(0, np.int32)

    def finish(self) -> NDArray[Any]:
        """Return the column (N,) as text, NaN for missing cells."""
        return np.array([*self.values, np.nan], dtype=object)[self.codes()]
