"""Reading of word vectors from text files in the formats of word2vec and GloVe.

Shapes: V tokens of a vocabulary, d dimensions of a vector.
"""

import math
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from ..errors import UserError
from ..files.arrays import is_number
from ..files.paths import existing_file
from .vocabulary import Vocabulary


class WordVectors(NamedTuple):
    """Word vectors of a vocabulary. values: (V, d), zeros for tokens without a vector; found: (V,)."""

    values: Tensor
    found: Tensor


def read_vectors(name: str, vocabulary: Vocabulary) -> WordVectors:
    """Read the vectors of the tokens of a vocabulary. Each line has a word and its numbers, separated by spaces.

    A first line with two integers is a header: the number of words and the dimension. If a word has several lines, the
    first is used. Raises UserError with the line for a vector of another dimension or with an entry that is not a
    finite number, and for a file that is missing, empty, truncated or not UTF-8.
    """
    path = existing_file(name)
    vectors: dict[int, Tensor] = {}
    words, width, expected = 0, 0, None
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            word, texts = split_line(path, number, line, width)
            if not width:
                if word.isdecimal() and len(texts) == 1 and texts[0].isdecimal():
                    expected, width = int(word), int(texts[0])
                    continue
                width = len(texts)
            if not texts or len(texts) != width:
                wanted = f"{width} numbers" if width else "a word and its numbers"
                raise UserError(f"{path}, line {number}: {len(texts)} numbers after '{word}' instead of {wanted}")
            words += 1
            place = vocabulary.ids.get(word)
            if place is not None and place not in vectors:
                vectors[place] = parse_vector(path, number, texts)
    if not words:
        raise UserError(f"{path} has no word vectors")
    if expected is not None and words != expected:
        raise UserError(f"{path} has {words} word vectors; its first line promises {expected}")
    values, found = torch.zeros(len(vocabulary), width), torch.zeros(len(vocabulary), dtype=torch.bool)
    for place, vector in vectors.items():
        values[place], found[place] = vector, True
    return WordVectors(values, found)


def split_line(path: Path, number: int, line: bytes, width: int) -> tuple[str, list[str]]:
    """Return the word of a line and its numbers as text; in some files words contain spaces.

    width: dimension of the vectors, 0 if it is not known yet. Raises UserError if the line is not UTF-8.
    """
    try:
        fields = line.decode("utf-8").strip(" \r\n").split(" ")  # other white space may be part of a word
    except UnicodeDecodeError as error:
        raise UserError(f"{path}, line {number}: byte {error.start} is not UTF-8 ({error.reason})") from None
    first = 1
    if width and len(fields) > width + 1 and not is_number(fields[-width - 1]):
        first = len(fields) - width
    return " ".join(fields[:first]), fields[first:]


def parse_vector(path: Path, number: int, texts: list[str]) -> Tensor:
    """Return the numbers of a line: (d,). Raises UserError for an entry that is not a finite number."""
    vector = torch.tensor([float(text) if is_number(text) else math.nan for text in texts])
    if not vector.isfinite().all():
        bad = texts[int(vector.isfinite().int().argmin())]
        raise UserError(f"{path}, line {number}: '{bad}' is not a finite number")
    return vector
