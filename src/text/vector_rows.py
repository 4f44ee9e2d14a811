"""Rows of files of word vectors, whatever the format: the first vector of each wanted name.

Shapes: d dimensions of a vector.
"""

import warnings
from collections.abc import Container
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import DataWarning, UserError

Vector = NDArray[np.float32]


class VectorRows:
    """The vectors of a file by name, in the order of the file.

    unit: what a row is called in messages; wanted: the names whose vectors are kept, None for all. If a name has
    several rows, the first is kept. Names that are not UTF-8 are kept with escapes, such as `Z\\xfcrich`.
    """

    def __init__(self, path: Path, unit: str, wanted: Container[str] | None) -> None:
        self.path = path
        self.unit = unit
        self.wanted = wanted
        self.vectors: dict[str, Vector] = {}
        self.count = 0  # rows so far, also of names that are not wanted
        self.width = 0
        self.repeated: list[tuple[int, str]] = []  # rows and names that occurred before
        self.escaped: list[tuple[int, str]] = []  # rows and names that are not UTF-8

    def decode(self, number: int, raw: bytes) -> str:
        """Return the name in a row as text, with escapes for bytes that are not UTF-8."""
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError:
            name = raw.decode("utf-8", "backslashreplace")
            self.escaped.append((number, name))
            return name

    def wants(self, number: int, name: str) -> bool:
        """Count a row; return whether its vector is needed."""
        self.count += 1
        if self.wanted is not None and name not in self.wanted:
            return False
        if name in self.vectors:
            self.repeated.append((number, name))
            return False
        return True

    def add(self, number: int, name: str, vector: Vector) -> None:
        """Add the vector (d,) of a row. Raises UserError with the row for entries that are not finite."""
        if not np.isfinite(vector).all():
            raise UserError(f"{self.path}, {self.unit} {number}: the vector of '{name}' is not finite")
        self.vectors[name] = vector

    def finish(self) -> None:
        """Warn of names that are not UTF-8 or occur twice. Raises UserError if the file has no rows."""
        if not self.count:
            raise UserError(f"{self.path} has no word vectors")
        for found, what in (
            (self.escaped, "not UTF-8 and are read with escapes"),
            (self.repeated, "repeated; the first row of each is used"),
        ):
            if found:
                number, name = found[0]
                warnings.warn(
                    f"{self.path}: {len(found)} of {self.count} names are {what}; "
                    f"the first is '{name}' in {self.unit} {number}",
                    DataWarning,
                    stacklevel=3,
                )
