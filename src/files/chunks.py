"""Files of words with their parts of speech and chunk tags, as CoNLL-2000 has them: a word a line.

Shapes: T words of a sentence.
"""

from pathlib import Path
from typing import NamedTuple

from ..errors import UserError
from .text import read

DOCUMENT = "-DOCSTART-"


class Sentence(NamedTuple):
    """Words, their parts of speech and their chunk tags, T of each."""

    words: list[str]
    speech: list[str]
    tags: list[str]


def sentences(path: Path) -> list[Sentence]:
    """Read a file of "word part-of-speech tag" lines, a blank line after each sentence.

    The columns are parted by tabs or spaces, see `fields`; -DOCSTART- lines, which begin a document, are left out.
    Raises UserError with the number of a line that is not like that, or if there is no sentence.
    """
    found = [Sentence([], [], [])]
    for number, line in enumerate(read(path).split("\n"), 1):
        columns = fields(line)
        if not columns or columns[0] == DOCUMENT:
            found.append(Sentence([], [], []))
            continue
        if len(columns) != 3:
            raise UserError(
                f"{path}, line {number}: '{line.strip()}' is not a word, its part of speech and a chunk tag"
            )
        tag = columns[2]
        if not is_chunk(tag):
            raise UserError(f"{path}, line {number}: '{tag}' is no chunk tag; those are O, B-type and I-type")
        for values, value in zip(found[-1], columns, strict=True):
            values.append(value)
    found = [sentence for sentence in found if sentence.words]
    if not found:
        raise UserError(f"{path} has no sentences")
    return found


def is_chunk(tag: str) -> bool:
    """Tell whether this is a chunk tag: O outside, B-type where a chunk begins, I-type inside."""
    return tag == "O" or (tag[:2] in ("B-", "I-") and len(tag) > 2)


def fields(line: str) -> list[str]:
    """Return what stands between tabs if the line has one, else between spaces: all other characters are of a word.

    >>> fields("10\\xa0000 CD  B-NP"), fields("New York\\tNNP\\tB-NP")
    (['10\\xa0000', 'CD', 'B-NP'], ['New York', 'NNP', 'B-NP'])
    """
    found = (field.strip(" ") for field in line.split("\t" if "\t" in line else " "))
    return [field for field in found if field]
