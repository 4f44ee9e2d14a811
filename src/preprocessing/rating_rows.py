"""Conversion of a table with one rating per row to one row of ratings for each user or item.

Shapes: R users or items that are examples, C items or users that are columns.
"""

import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from ..errors import DataWarning, UserError, did_you_mean, join_names
from ..files.frames import as_frame, find_column, is_frame
from ..files.paths import TABLES
from ..files.tables import TableFile
from .base import PIECE, Inputs, Preprocessing
from .ids import IdPreprocessing
from .numbers import NumberPreprocessing
from .rating_table import ROLES, Labels, Missing, RatingTable, read_ratings


class RowEntries(NamedTuple):
    """The known entries of rows.

    examples: ids of the rows in the order of the table, also of those without a known column; rows: places in
    `examples` (N,); columns: codes of the columns, from 1 (N,); values: ratings, with implicit feedback 1 and 0 (N,).
    """

    examples: list[str]
    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    values: NDArray[np.float64]


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
        entries = self.entries_of_frame(raw)
        return next(self._rows(entries, max(1, len(entries.examples))))

    def read(self, path: Path) -> Iterator[Inputs]:
        """Yield the users of a table of ratings (.csv, .tsv, .txt), or the rows of an array (R, C) (.npy, .npz).

        Raises UserError.
        """
        if path.suffix.lower() not in TABLES:
            yield from self._numbers.read(path)
            return
        yield from self._rows(self.entries_of_file(path), max(1, PIECE // max(1, len(self.features))))

    def entries_of_frame(self, raw: Any) -> RowEntries:
        """Return the ratings of a frame or mapping of columns. Raises UserError as `encode`."""
        frame = as_frame(raw)
        labels = self._labels(tuple(frame.columns), "the input")
        table = read_ratings("the input", frame, labels, self.missing, lambda row: f"row {row + 1}")
        return self._entries(table, labels)

    def entries_of_file(self, path: Path) -> RowEntries:
        """Return the ratings of a table (.csv, .tsv, .txt). Raises UserError, with file and line."""
        if path.suffix.lower() not in TABLES:
            raise UserError(f"{path} is not a table of ratings; it must end in one of {', '.join(TABLES)}")
        options = self.ids.options
        header = self.ids.header if options.header is None else options.header
        file = TableFile(path, replace(options, header=header), self.ids.written, remedies=())
        labels = self._labels(file.labels, str(path))
        frame = file.read(text=labels[:2], columns=labels)
        table = read_ratings(path.name, frame, labels, self.missing, lambda row: f"{path}, line {file.line(row)}")
        return self._entries(table, labels)

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
    def heading(self) -> str:
        """The column of the users or items that are examples."""
        return self.ids.columns[self.axis] if self.ids.header else ROLES[self.axis]

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

    def _entries(self, table: RatingTable, labels: Labels) -> RowEntries:
        """Return the ratings of known columns. Raises UserError as `_check`."""
        numbers = self.ids.numbers(1 - self.axis, table.ids[1 - self.axis])
        self._check(table, labels, numbers)
        values = table.values
        if self.implicit:
            values = np.ones(len(values)) if self.threshold is None else (values >= self.threshold).astype(np.float64)
        rows, examples = pd.factorize(table.ids[self.axis])
        known = numbers > 0
        return RowEntries(examples.tolist(), rows[known].astype(np.int64), numbers[known], values[known])

    def _rows(self, entries: RowEntries, size: int) -> Iterator[Inputs]:
        """Yield the ratings of `size` examples at a time, in the order of the table."""
        for begin in range(0, max(1, len(entries.examples)), size):
            names = entries.examples[begin : begin + size]
            some = (entries.rows >= begin) & (entries.rows < begin + size)
            x = torch.zeros(len(names), len(self.features), dtype=torch.float64)
            x[entries.rows[some] - begin, entries.columns[some] - 1] = torch.from_numpy(entries.values[some])
            yield Inputs(x.float(), None, {self.heading: names})

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
