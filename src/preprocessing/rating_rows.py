"""Conversion of a table with one rating per row to one row of ratings for each user or item.

Shapes: R users or items that are examples, C items or users that are columns.
"""

import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd
import torch

from ..errors import DataWarning, UserError, did_you_mean, join_names
from ..files.frames import as_frame, find_column, is_frame
from ..files.paths import TABLES
from ..files.tables import TableFile
from .base import PIECE, Inputs, Preprocessing
from .ids import IdPreprocessing
from .numbers import NumberPreprocessing
from .rating_table import ROLES, Labels, Missing, RatingTable, read_ratings


@dataclass(frozen=True, kw_only=True)
class RatingRowsPreprocessing(Preprocessing):
    """The ratings of each user in a row of the items of the training data (C,), 0 for unknown ratings.

    ids: the columns of users and items, the known ids, and the table format; axis: 0 if the examples are users, 1 if
    they are items, with the ratings by the users of the training data; rating: the column of the ratings, None if there
    is none; missing: refuse or drop rows of the table with a missing cell; implicit: inputs are 1 for the pairs of the
    table with a rating of at least `threshold`, None for all pairs; low, high: ratings outside are refused. Ratings of
    unknown columns are dropped with a warning if `ids.unseen` is mean, else refused.
    """

    kind: ClassVar[str] = "rating_rows"

    ids: IdPreprocessing
    axis: int = 0
    rating: str | None
    missing: Missing = "refuse"
    implicit: bool = False
    threshold: float | None = None
    low: float = float("-inf")
    high: float = float("inf")

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Self:
        """Rebuild it from `to_dict`."""
        return cls(**{**plain, "ids": IdPreprocessing.from_dict(plain["ids"])})

    def encode(self, raw: Any) -> Inputs:
        """Return the ratings of a frame or mapping of columns by user; an array (R, C) of ratings is not rearranged.

        Raises UserError for a missing column and for invalid ratings.
        """
        if not is_frame(raw):
            return self._numbers.encode(raw)
        frame = as_frame(raw)
        labels = self._labels(tuple(frame.columns), "the input")
        table = read_ratings("the input", frame, labels, self.missing, lambda row: f"row {row + 1}")
        return next(self._rows(table, labels, max(1, len(frame))))

    def read(self, path: Path) -> Iterator[Inputs]:
        """Yield the users of a table of ratings (.csv, .tsv, .txt), or the rows of an array (R, C) (.npy, .npz).

        Raises UserError.
        """
        if path.suffix.lower() not in TABLES:
            yield from self._numbers.read(path)
            return
        options = self.ids.options
        header = self.ids.header if options.header is None else options.header
        file = TableFile(path, replace(options, header=header), self.ids.written, remedies=())
        labels = self._labels(file.labels, str(path))
        frame = file.read(text=labels[:2], columns=labels)
        table = read_ratings(path.name, frame, labels, self.missing, lambda row: f"{path}, line {file.line(row)}")
        yield from self._rows(table, labels, max(1, PIECE // max(1, len(self.features))))

    def reading(self, settings: Mapping[str, Any]) -> Self:
        """Return a copy with other settings of the file format or for unknown items. Raises UserError."""
        return replace(self, ids=self.ids.reading(settings))

    def within(self, low: float, high: float) -> Self:
        """Return a copy that refuses ratings outside [low, high]."""
        return replace(self, low=max(low, self.low), high=min(high, self.high))

    @property
    def features(self) -> tuple[str, ...]:
        """The ids of the columns."""
        return self.ids.ids[1 - self.axis]

    @property
    def _numbers(self) -> NumberPreprocessing:
        return NumberPreprocessing(shape=(len(self.features),), low=self.low, high=self.high)

    def _labels(self, names: Sequence[str], where: str) -> Labels:
        """Return the columns of users, items and ratings of a table. Raises UserError if one is missing."""
        wanted = (*self.ids.columns, *([] if self.rating is None else [self.rating]))
        if not self.ids.header:  # they are numbered, but a frame may name them by their roles
            roles = ROLES[: len(wanted)]
            return tuple(find_column(each, names, where) for each in (roles if set(roles) <= set(names) else wanted))
        for each in wanted:
            if each not in names:
                hint = did_you_mean(each, names) or f"; its columns are {join_names(names, 8)}"
                raise UserError(f"{where} has no column '{each}', which the network reads{hint}")
        return wanted

    def _rows(self, table: RatingTable, labels: Labels, size: int) -> Iterator[Inputs]:
        """Yield the ratings of `size` examples at a time, in the order of the table."""
        numbers = self.ids.numbers(1 - self.axis, table.ids[1 - self.axis])
        self._check(table, labels, numbers)
        values = table.values
        if self.implicit:
            values = np.ones(len(values)) if self.threshold is None else (values >= self.threshold).astype(np.float64)
        rows, examples = pd.factorize(table.ids[self.axis])
        heading = self.ids.columns[self.axis] if self.ids.header else ROLES[self.axis]
        for begin in range(0, len(examples), size):
            names = examples[begin : begin + size].tolist()
            some = (rows >= begin) & (rows < begin + size)
            x = torch.zeros(len(names), 1 + len(self.features), dtype=torch.float64)
            x[rows[some] - begin, numbers[some]] = torch.from_numpy(values[some])
            yield Inputs(x[:, 1:].float(), None, {heading: names})

    def _check(self, table: RatingTable, labels: Labels, numbers: "np.ndarray[Any, Any]") -> None:
        """Warn of unknown columns or raise UserError for them; raise UserError for ratings out of range."""
        outside = (numbers > 0) & ~((self.low <= table.values) & (table.values <= self.high))
        if outside.any() and not self.implicit:
            row = int(outside.argmax())
            raise UserError(
                f"{table.place(row)}, column {labels[2]}: the rating {table.values[row]:g} is outside "
                f"[{self.low:g}, {self.high:g}], the range of the training data"
            )
        column, ids, role = labels[1 - self.axis], table.ids[1 - self.axis], ROLES[1 - self.axis]
        unseen = np.flatnonzero(numbers == 0)
        if not unseen.size:
            return
        first = int(unseen[0])
        found = f"{table.place(first)}, column {column}: {role} '{ids[first]}' is not in the training data"
        if self.ids.unseen == "refuse":
            raise UserError(
                f"{found}; data.unseen=mean leaves its ratings out{did_you_mean(ids[first], self.features)}"
            )
        of = f"{('by', 'of')[1 - self.axis]} such {role}s"
        ratings = f"1 rating {of} is" if unseen.size == 1 else f"{unseen.size} ratings {of} are"
        warnings.warn(f"{found}; {ratings} left out", DataWarning, stacklevel=2)
