"""Reading of files with words, parts of speech and chunk tags, one word per line, as in CoNLL-2000.

Shapes: T words of a sentence.
"""

from pathlib import Path
from typing import NamedTuple

from ..errors import UserError
from .text import read

DOCUMENT_START = "-DOCSTART-"


class Sentence(NamedTuple):
    """The words of a sentence, their parts of speech and their chunk tags, T of each."""

    words: list[str]
    pos_tags: list[str]
    tags: list[str]


def sentences(path: Path) -> list[Sentence]:
    """Read a file with lines "word part-of-speech tag" and a blank line after each sentence.

    Tabs or spaces separate the columns, see `split_fields`. -DOCSTART- lines, which begin a document, are skipped.
    Raises UserError with the line number for any other line, and if there are no sentences.
    """
    found = [Sentence([], [], [])]
    for number, line in enumerate(read(path).split("\n"), 1):
        columns = split_fields(line)
        if not columns or columns[0] == DOCUMENT_START:
            found.append(Sentence([], [], []))
            continue
        if len(columns) != 3:
            raise UserError(
                f"{path}, line {number}: '{line.strip()}' is not a word, its part of speech and a chunk tag"
            )
        word, pos_tag, tag = columns
        if not is_chunk_tag(tag):
            raise UserError(f"{path}, line {number}: '{tag}' is not a chunk tag; it must be O, B-type or I-type")
        found[-1].words.append(word)
        found[-1].pos_tags.append(pos_tag)
        found[-1].tags.append(tag)
    found = [sentence for sentence in found if sentence.words]
    if not found:
        raise UserError(f"{path} has no sentences")
    return found


def is_chunk_tag(tag: str) -> bool:
    """Return whether a tag is a chunk tag: O outside a chunk, B-type at its beginning, I-type inside."""
    return tag == "O" or (tag[:2] in ("B-", "I-") and len(tag) > 2)


def split_fields(line: str) -> list[str]:
    """Split a line at its tabs or, without tabs, at its spaces; all other characters belong to the fields.

    >>> split_fields("10\\xa0000 CD  B-NP"), split_fields("New York\\tNNP\\tB-NP")
    (['10\\xa0000', 'CD', 'B-NP'], ['New York', 'NNP', 'B-NP'])
    """
    found = (field.strip(" ") for field in line.split("\t" if "\t" in line else " "))
    return [field for field in found if field]
