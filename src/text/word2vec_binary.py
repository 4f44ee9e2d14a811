"""The binary format of word2vec: a header line, then for each word its name, a space, and d float32.

Shapes: V words, d dimensions of a vector.
"""

from collections.abc import Container, Sequence
from mmap import ACCESS_READ, mmap
from pathlib import Path

import numpy as np

from ..errors import UserError
from .vector_rows import Vector, VectorRows

NUMBER = np.dtype("<f4")
LONGEST = 1 << 16  # bytes of a name


def read(path: Path, wanted: Container[str] | None) -> VectorRows:
    """Read the vectors of the wanted words, None for all. A line break after the numbers of a word is skipped.

    Raises UserError with the row if the file ends within it or has numbers that are not finite, and for a file that
    is longer than its header states.
    """
    rows = VectorRows(path, "row", wanted)
    with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as content:
        start = content.find(b"\n") + 1
        count, rows.width = map(int, content[:start].split())
        size = rows.width * NUMBER.itemsize
        for number in range(1, count + 1):
            space = content.find(b" ", start, start + LONGEST)
            end = space + 1 + size
            if space < 0 or end > len(content):
                raise UserError(
                    f"{path}, row {number}: the file ends before; its header promises {count} words with "
                    f"{rows.width} numbers each"
                )
            name = rows.decode(number, content[start:space].lstrip(b"\n"))
            if rows.wants(number, name):
                rows.add(number, name, np.frombuffer(content[space + 1 : end], NUMBER))
            start = end
        if content[start : start + 2].strip():
            raise UserError(
                f"{path} goes on after row {count}; its header promises {count} words with {rows.width} numbers each"
            )
    rows.finish()
    return rows


def write(path: Path, names: Sequence[bytes], values: Vector) -> None:
    """Write vectors (V, d), with a line break after each as word2vec does."""
    with path.open("wb") as file:
        file.write(b"%d %d\n" % values.shape)
        for name, vector in zip(names, values.astype(NUMBER), strict=True):
            file.write(name + b" " + vector.tobytes() + b"\n")
