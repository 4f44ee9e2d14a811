"""Counting of the words of documents with the vocabulary of the training data.

Shapes: N documents, V words of the vocabulary.
"""

import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import torch
from torch import Tensor

from ..errors import DataWarning, UserError
from ..text.documents import Documents, count_words, read_documents
from .base import PIECE, Inputs, Preprocessing
from .numbers import NumberPreprocessing
from .tokens import ARRAYS, as_strings


@dataclass(frozen=True, kw_only=True)
class WordCountPreprocessing(Preprocessing):
    """The counts of the words of the vocabulary; other words are left out with a warning.

    vocabulary: the words, in the order of the inputs.
    """

    kind: ClassVar[str] = "word_counts"
    reads_folders: ClassVar[bool] = True

    vocabulary: tuple[str, ...]

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Self:
        """Rebuild it from `to_dict`."""
        return cls(vocabulary=tuple(plain["vocabulary"]))

    def encode(self, raw: Any) -> Inputs:
        """Count the words of one or several documents, as str, or check an array of counts (N, V), or (V,) for one.

        Raises UserError for other shapes, and for numbers that are no counts.
        """
        texts = as_strings(raw)
        if texts is not None:
            documents = count_words(texts, "the input", [f"document {row}" for row in range(1, len(texts) + 1)])
            return next(self._counted(documents, max(1, len(texts))))._replace(names={"index": range(len(texts))})
        return self._checked(self._numbers.encode(raw))

    def read(self, path: Path) -> Iterator[Inputs]:
        """Yield the documents of a text with one a line, a folder of .txt files, or a file of counts (.ldac).

        Arrays of counts (N, V) are also read: .npy, .npz (array x), .csv. names: `title`, `file` in a folder, `index`
        for arrays. Raises UserError.
        """
        if path.suffix.lower() in ARRAYS:
            yield from map(self._checked, self._numbers.read(path))
        else:
            yield from self._counted(read_documents(path), max(1, PIECE // len(self.vocabulary)))

    @property
    def features(self) -> tuple[str, ...]:
        """The words."""
        return self.vocabulary

    @cached_property
    def _columns(self) -> dict[str, int]:
        return {word: column for column, word in enumerate(self.vocabulary)}

    @property
    def _numbers(self) -> NumberPreprocessing:
        return NumberPreprocessing(shape=(len(self.vocabulary),))

    def _counted(self, documents: Documents, size: int) -> Iterator[Inputs]:
        """Yield the counts of `size` documents at a time. Warns of words that are not in the vocabulary."""
        columns = np.array([self._columns.get(word, -1) for word in documents.words], dtype=np.int64)
        warn_of_unknown_words(documents, columns)
        for begin in range(0, len(documents.titles), size):
            rows = range(len(documents.titles))[begin : begin + size]
            x = torch.from_numpy(documents.table(rows, columns, len(self.vocabulary))).float()
            yield Inputs(x, None, {documents.heading: documents.titles[begin : begin + size]})

    def _checked(self, inputs: Inputs) -> Inputs:
        check_counts(inputs.x, inputs.names["index"][0] if len(inputs.x) else 0)
        return inputs


def warn_of_unknown_words(documents: Documents, columns: "np.ndarray[Any, Any]") -> None:
    """Warn of words that are left out, with their share. columns: see `Documents.table`."""
    known = total = 0
    for numbers, counts in zip(documents.numbers, documents.counts, strict=True):
        known += int(counts[columns[numbers] >= 0].sum())
        total += int(counts.sum())
    if known < total:
        first = documents.words[int((columns < 0).argmax())]
        warnings.warn(
            f"{documents.source}: {total - known} of {total} words are left out, since the vocabulary does not contain "
            f"them, for example '{first}'",
            DataWarning,
            stacklevel=2,
        )


def check_counts(x: Tensor, first: int) -> None:
    """Raise UserError, with the row, unless all numbers (N, V) are counts. first: number of the first row from 0."""
    wrong = (x < 0) | (x != x.round())
    if wrong.any():
        row, column = wrong.nonzero()[0].tolist()
        raise UserError(
            f"row {first + row + 1}, column {column + 1} is {float(x[row, column]):g}; a count is a whole number, at "
            "least 0"
        )
