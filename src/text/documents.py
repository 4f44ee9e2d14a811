"""Documents as word counts: texts, and files of counts with a vocabulary (ldac).

Shapes: N documents, M words of a document with a count, V words of a vocabulary.
"""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..errors import UserError
from ..files.text import read
from .tokenizers import split_words

LDAC = ".ldac"
WORDS, TITLES = (".tokens", ".vocab"), (".titles",)  # suffixes of the files beside a file of counts
TITLE = 60  # characters of a text that are its title
MAX_COUNT = 2**31 - 1
PAIR = re.compile(r"(\d+):(\d+)")

Numbers = NDArray[np.int64]


class Documents(NamedTuple):
    """Word counts of N documents.

    source: name of the data, for messages; numbers, counts: words of each document, (M,) each, and how often they
    occur; words: the words that have a number; titles: of the documents; heading: what the titles are, for tables.
    """

    source: str
    numbers: list[Numbers]
    counts: list[Numbers]
    words: Sequence[str]
    titles: Sequence[str]
    heading: str = "title"

    def table(self, rows: Sequence[int], columns: Numbers, width: int) -> NDArray[np.integer[Any]]:
        """Return the counts of some documents as a table (len(rows), width) of the smallest suitable type of torch.

        columns: the column of each word, -1 for words that are left out.
        """
        largest = max((int(self.counts[row].max(initial=0)) for row in rows), default=0)
        dtype = np.uint8 if largest < 1 << 8 else np.int16 if largest < 1 << 15 else np.int32
        found: NDArray[np.integer[Any]] = np.zeros((len(rows), width), dtype=dtype)
        for place, row in enumerate(rows):
            where = columns[self.numbers[row]]
            found[place, where[where >= 0]] = self.counts[row][where >= 0]
        return found


def read_documents(path: Path, *, words: Path | None = None, titles: Path | None = None) -> Documents:
    """Return the documents of a folder of .txt files, of a text with one document a line, or of a file of counts.

    The format of files of counts (.ldac) is that of Blei's LDA-C: a line for each document, `M word:count word:count
    ...` with words numbered from 0. words, titles: files with one word, or one title, a line; by default the files of
    the same name that end in .tokens or .vocab, and in .titles. Raises UserError, with file and line, for files that
    cannot be read.
    """
    if path.suffix.lower() != LDAC or path.is_dir():
        for name, given in (("vocabulary", words), ("titles", titles)):
            if given is not None:
                raise UserError(f"{name}={given} has no effect: {path} is not a file of counts (.ldac)")
        return read_folder(path) if path.is_dir() else read_lines(path)
    words = words or beside(path, WORDS)
    if words is None:
        raise UserError(
            f"{path} needs a file of its vocabulary with one word a line: {path.with_suffix(WORDS[0]).name} beside "
            "it, or data.vocabulary=FILE"
        )
    vocabulary = [line.strip() for line in lines_of(words)]
    for place, word in enumerate(vocabulary, 1):
        if not word or (first := vocabulary.index(word) + 1) < place:
            reason = f"repeats the word of line {first}: {word}" if word else "is empty; it must be a word"
            raise UserError(f"{words}, line {place} {reason}")
    numbers, counts = read_counts(path, len(vocabulary))
    titles = titles or beside(path, TITLES)
    return Documents(path.name, numbers, counts, vocabulary, titles_of(titles, len(numbers)))


def count_words(texts: Iterable[str], source: str, titles: Sequence[str], heading: str = "title") -> Documents:
    """Return the counts of the words of texts in lower case, without punctuation marks.

    The words are numbered by frequency, ties in alphabetical order.
    """
    index: dict[str, int] = {}
    documents = [
        np.array([index.setdefault(word, len(index)) for word in words_of(text)], dtype=np.int64) for text in texts
    ]
    total = np.bincount(np.concatenate([*documents, np.zeros(0, dtype=np.int64)]), minlength=len(index))
    words = sorted(index, key=lambda word: (-total[index[word]], word))
    number = np.empty(len(index), dtype=np.int64)
    number[[index[word] for word in words]] = np.arange(len(index))
    found = [np.unique(number[each], return_counts=True) for each in documents]
    return Documents(source, [each for each, _ in found], [each for _, each in found], words, titles, heading)


def words_of(text: str) -> list[str]:
    """Return the words and numbers of a text in lower case, without punctuation marks."""
    return [word for word in split_words(text) if any(map(str.isalnum, word))]


def read_lines(path: Path) -> Documents:
    """Return the documents of a text, one a line; an empty line is a document without words."""
    texts = lines_of(path)
    return count_words(texts, path.name, [title_of(text, row) for row, text in enumerate(texts)])


def read_folder(path: Path) -> Documents:
    """Return the .txt files of a folder as documents, at any depth and sorted by name.

    Raises UserError if there are none.
    """
    files = sorted(each for each in path.rglob("*.txt") if each.is_file())
    if not files:
        raise UserError(f"{path} holds no texts; their names end in .txt")
    names = [str(file.relative_to(path)) for file in files]
    return count_words(map(read, files), path.resolve().name, names, "file")


def read_counts(path: Path, size: int) -> tuple[list[Numbers], list[Numbers]]:
    """Return numbers and counts of the words of each document of an .ldac file.

    size: of the vocabulary. Raises UserError, with the line, for anything but `M word:count word:count ...`.
    """
    numbers, counts = [], []
    for line, text in enumerate(lines_of(path), 1):
        where = f"{path}, line {line}"
        many, *pairs = text.split() or [""]
        for pair in pairs:
            if not PAIR.fullmatch(pair):
                raise UserError(f"{where}: '{pair}' is not word:count, two whole numbers that are not negative")
        if not many.isdigit() or int(many) != len(pairs):
            raise UserError(f"{where} begins with '{many}'; it must be the number of words with a count, {len(pairs)}")
        found = [tuple(map(int, pair.split(":"))) for pair in pairs]
        seen = set()
        for word, count in found:
            if word >= size:
                raise UserError(f"{where}: word {word} is outside the vocabulary, whose words are 0 to {size - 1}")
            if word in seen:
                raise UserError(f"{where} has two counts of word {word}")
            if count > MAX_COUNT:
                raise UserError(f"{where}: the count {count} of word {word} is above {MAX_COUNT}")
            seen.add(word)
        numbers.append(np.array([word for word, _ in found], dtype=np.int64))
        counts.append(np.array([count for _, count in found], dtype=np.int64))
    return numbers, counts


def titles_of(path: Path | None, count: int) -> list[str]:
    """Return the titles of documents, one a line, without their numbers if each begins with its own.

    Without a file, the titles are `document 1` and so on. Raises UserError for another number of titles.
    """
    if path is None:
        return [f"document {row}" for row in range(1, count + 1)]
    titles = [line.strip() for line in lines_of(path)]
    if len(titles) != count:
        raise UserError(f"{path} has {len(titles)} titles for {count} documents; it must have one a line")
    for first in (0, 1):
        if all(title.startswith(f"{row} ") for row, title in enumerate(titles, first)):
            return [title.partition(" ")[2].strip() for title in titles]
    return titles


def title_of(text: str, row: int) -> str:
    """Return the beginning of a text as its title, its number if it is empty."""
    title = " ".join(text.split())
    return (title if len(title) <= TITLE else f"{title[: TITLE - 3]}...") or f"document {row + 1}"


def lines_of(path: Path) -> list[str]:
    """Return the lines of a file, without a line break at its end. Raises UserError if it is empty or not UTF-8."""
    return read(path).removesuffix("\n").split("\n")


def beside(path: Path, suffixes: Sequence[str]) -> Path | None:
    """Return the file with the name of `path` and one of these suffixes, None if there is none."""
    return next((found for suffix in suffixes if (found := path.with_suffix(suffix)).is_file()), None)
