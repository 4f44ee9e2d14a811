"""The text formats of word2vec and GloVe: a line for each word, with its numbers separated by spaces.

Shapes: V words, d dimensions of a vector.
"""

from codecs import BOM_UTF8
from collections.abc import Container, Sequence
from pathlib import Path

import numpy as np

from ..errors import UserError
from ..formatting import is_number
from .vector_rows import Vector, VectorRows


def read(path: Path, wanted: Container[str] | None) -> VectorRows:
    """Read the vectors of the wanted words, None for all.

    A first line with two integers is a header: the number of words and the dimension. Words may contain spaces. Raises
    UserError with the line for a vector of another dimension or with an entry that is not a finite number, and for a
    file that is empty or does not have as many rows as its header states.
    """
    rows, expected = VectorRows(path, "line", wanted), None
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if number == 1:
                line = line.removeprefix(BOM_UTF8)
            if not line.strip():
                continue
            raw, numbers = split_line(line, rows.width)
            if not rows.width:
                if is_header(raw, numbers):
                    expected, rows.width = int(raw), int(numbers[0])
                    continue
                rows.width = len(numbers)
            word = rows.decode(number, raw)
            if not numbers or len(numbers) != rows.width:
                wants = f"{rows.width} numbers" if rows.width else "a word and its numbers, separated by spaces"
                raise UserError(f"{path}, line {number}: {len(numbers)} numbers after '{word}' instead of {wants}")
            if rows.wants(number, word):
                rows.add(number, word, parse_vector(path, number, numbers))
    if rows.count and expected is not None and rows.count != expected:
        raise UserError(f"{path} has {rows.count} word vectors; its first line promises {expected}")
    rows.finish()
    return rows


def is_header(raw: bytes, numbers: Sequence[bytes]) -> bool:
    """Return whether a first line is a header."""
    return raw.isdigit() and len(numbers) == 1 and numbers[0].isdigit() and int(numbers[0]) > 0


def split_line(line: bytes, width: int) -> tuple[bytes, list[bytes]]:
    """Return the word of a line and its numbers; words may contain spaces, or be a space.

    width: dimension of the vectors, 0 if it is not known yet.
    """
    fields = line.rstrip(b" \r\n").split(b" ")
    first = 1
    while first < len(fields) - 1 and not fields[first]:  # spaces of the word
        first += 1
    if width and len(fields) > width + 1 and not is_number(fields[-width - 1].decode("latin-1")):
        first = len(fields) - width
    return b" ".join(fields[:first]), fields[first:]


def parse_vector(path: Path, number: int, numbers: Sequence[bytes]) -> Vector:
    """Return the numbers of a line: (d,). Raises UserError for an entry that is not a finite float32."""
    try:
        with np.errstate(over="ignore"):
            vector = np.array([float(text) for text in numbers], dtype=np.float32)
        if np.isfinite(vector).all():
            return vector
        bad = numbers[int(np.isfinite(vector).argmin())]
    except ValueError:
        bad = next(text for text in numbers if not is_number(text.decode("latin-1")))
    text = bad.decode("utf-8", "backslashreplace")
    raise UserError(f"{path}, line {number}: '{text}' is not a finite number")


def write(path: Path, names: Sequence[bytes], values: Vector) -> None:
    """Write vectors (V, d) with a header; numbers have as many digits as float32 needs to be read back exactly."""
    with path.open("wb") as file:
        file.write(b"%d %d\n" % values.shape)
        for name, vector in zip(names, values, strict=True):
            file.write(name + b" " + " ".join(vector.astype(str)).encode() + b"\n")
