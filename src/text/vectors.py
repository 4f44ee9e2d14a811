"""Files of word vectors: the text and binary formats of word2vec, GloVe's text format, and .npy with names.

Shapes: V tokens of a vocabulary, d dimensions of a vector.
"""

from collections.abc import Container, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from ..errors import UserError, unknown
from ..files.paths import existing_file
from . import vector_arrays, word2vec_binary, word2vec_text
from .named_vectors import NamedVectors
from .vector_rows import VectorRows
from .vocabulary import Vocabulary

FORMATS = ("word2vec", "word2vec_binary", "npy")
PROBE = 1 << 16  # bytes of a file that show its format


class WordVectors(NamedTuple):
    """Word vectors of a vocabulary. values: (V, d), zeros for tokens without a vector; found: (V,)."""

    values: Tensor
    found: Tensor


def read_vectors(name: str, vocabulary: Vocabulary) -> WordVectors:
    """Read the vectors of the tokens of a vocabulary from a file of any format.

    If a word has several rows, the first is used. Warns of names that are repeated or not UTF-8. Raises UserError with
    the line or row for a file that is missing, empty, damaged or truncated.
    """
    rows = read_rows(name, vocabulary.ids)
    values, found = torch.zeros(len(vocabulary), rows.width), torch.zeros(len(vocabulary), dtype=torch.bool)
    for token, vector in rows.vectors.items():
        place = vocabulary.ids[token]
        values[place], found[place] = torch.tensor(vector), True
    return WordVectors(values, found)


def read_named_vectors(name: str | Path) -> NamedVectors:
    """Read all vectors of a file of any format. Warnings and errors: see `read_vectors`."""
    rows = read_rows(name, None)
    return NamedVectors([*rows.vectors], torch.from_numpy(np.stack([*rows.vectors.values()])))


def read_rows(name: str | Path, wanted: Container[str] | None) -> VectorRows:
    """Read the vectors of the wanted names, None for all; the content of the file decides on its format."""
    path = existing_file(name)
    if path.suffix.lower() == ".npy":
        return vector_arrays.read(path, wanted)
    return (word2vec_binary if is_binary(path) else word2vec_text).read(path, wanted)


def is_binary(path: Path) -> bool:
    """Return whether a file has word2vec's binary format: after the header, a word is followed by bytes, not text."""
    with path.open("rb") as file:
        header, _, rest = file.read(PROBE).partition(b"\n")
    raw, numbers = word2vec_text.split_line(header, 0)
    if not word2vec_text.is_header(raw, numbers):
        return False
    width = int(numbers[0])
    line = rest.partition(b"\n")[0]
    try:
        word2vec_text.parse_vector(path, 2, (texts := word2vec_text.split_line(line, width)[1]))
    except UserError:
        texts = []
    if len(texts) == width:
        return False
    first = rest.partition(b" ")[2][: width * word2vec_binary.NUMBER.itemsize]
    return any((byte < 32 and byte not in b"\t\r\n") or byte > 126 for byte in first)


def write_vectors(path: Path, vectors: NamedVectors, format: str) -> None:
    """Write vectors in a format, as float32: word2vec, word2vec_binary or npy.

    npy also writes the names, into the .json file beside it. Raises UserError for names that word2vec's formats cannot
    express: empty ones and those with spaces or line breaks.
    """
    values = vectors.values.detach().float().cpu().numpy()
    if format == "npy":
        vector_arrays.write(path, vectors.names, values)
    elif format in FORMATS:
        names = word2vec_names(vectors.names)
        (word2vec_binary if format == "word2vec_binary" else word2vec_text).write(path, names, values)
    else:
        raise unknown("format", format, FORMATS)


def word2vec_names(names: Sequence[str]) -> list[bytes]:
    """Return the names as UTF-8. Raises UserError for one that word2vec's formats cannot express."""
    for name in names:
        if not name or any(each in name for each in " \r\n"):
            raise UserError(f"word2vec's formats cannot express the name {name!r}; format=npy takes any name")
    return [name.encode("utf-8", "backslashreplace") for name in names]  # surrogates are not UTF-8
