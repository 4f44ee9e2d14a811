"""Encoding of ids of users and items as integers.

Shapes: N examples, C columns of ids.
"""

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Literal, Self, get_args

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from ..errors import DataWarning, UserError, did_you_mean, join_names, unknown
from ..files.arrays import read_inputs
from ..files.frames import as_frame, is_frame, with_numbered_columns
from ..files.paths import TABLES
from ..files.tables import DETECT, TableFile, TableOptions
from .base import PIECE, Inputs, Preprocessing, table_options

Unseen = Literal["mean", "refuse"]
AVERAGED = ("user", "item")  # names of ids for which data.unseen can be set; not of nodes or words
Place = Callable[[int], str]
Texts = NDArray[np.object_]


@dataclass(frozen=True, kw_only=True)
class IdPreprocessing(Preprocessing):
    """Encode each id as its position among the ids of the training data, from 1; all others as 0.

    columns: columns of the training table, in the order of the network's input, "1", "2", ... without a header; names:
    their contents: user, item; ids: known ids of each column; unseen: mean encodes unknown ids as 0, with a warning and
    a column `unseen` in the predictions, refuse raises UserError; titles: of the items, in the order of their ids,
    "" for an item without one, empty if no item has one; options, written: see `TablePreprocessing`.
    """

    kind: ClassVar[str] = "ids"

    columns: tuple[str, ...]
    names: tuple[str, ...]
    ids: tuple[tuple[str, ...], ...]
    unseen: Unseen = "mean"
    titles: tuple[str, ...] = ()
    header: bool = True
    options: TableOptions = DETECT
    written: TableOptions = DETECT

    def __post_init__(self) -> None:
        if self.unseen not in get_args(Unseen):
            raise unknown("data.unseen", self.unseen, get_args(Unseen))

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Self:
        """Rebuild it from `to_dict`."""
        changed = {
            "columns": tuple(plain["columns"]),
            "names": tuple(plain["names"]),
            "ids": tuple(map(tuple, plain["ids"])),
            "titles": tuple(plain.get("titles", ())),
            "options": TableOptions(**plain["options"]),
            "written": TableOptions(**plain["written"]),
        }
        return cls(**{**plain, **changed})

    @property
    def sizes(self) -> tuple[int, ...]:
        """The number of codes of each column, including 0."""
        return tuple(len(ids) + 1 for ids in self.ids)

    def encode(self, raw: Any) -> Inputs:
        """Encode the rows of a frame, a mapping of columns, or an array or list of ids (N, C), or (C,) for one row.

        With one column, (N,) are the ids of N rows.

        Raises UserError for a missing column or id and, if `unseen` is refuse, for an unknown id.
        """
        if is_frame(raw):
            frame = as_frame(raw)
            return self._encoded(self._chosen(frame, "the input", named=True), lambda row: f"row {row + 1}")
        values = np.asarray(raw)
        if values.ndim == 1:
            values = values[:, None] if len(self.columns) == 1 else values[None]
        if values.ndim != 2:
            raise UserError(f"the input has shape {values.shape}; the network takes (B, {len(self.columns)})")
        return self._encoded(
            self._chosen(with_numbered_columns(values), "the input", named=False), lambda row: f"row {row + 1}"
        )

    def read(self, path: Path) -> Iterator[Inputs]:
        """Yield the rows of a table (.csv, .tsv, .txt) or of an array (.npy, .npz). Raises UserError."""
        if path.suffix.lower() not in TABLES:
            yield self._encoded(
                self._chosen(with_numbered_columns(read_inputs(path)), str(path), named=False),
                lambda row: f"{path}, row {row + 1}",
            )
            return
        header = self.header if self.options.header is None else self.options.header
        file = TableFile(path, replace(self.options, header=header), self.written)
        columns = self._columns(file.labels, str(path), named=header)
        for frame in file.chunks(PIECE // 16, text=columns, columns=columns):
            yield self._encoded(frame[columns], lambda row: f"{path}, line {file.line(row)}")

    def reading(self, settings: Mapping[str, Any]) -> Self:
        """Return a copy with other settings of the file format or for unknown ids. Raises UserError."""
        of_table = {key: value for key, value in settings.items() if key != "unseen"}
        return replace(self, options=table_options(self.options, of_table), unseen=settings.get("unseen", self.unseen))

    def only(self, column: int) -> Self:
        """Return the encoding of one column of ids."""
        return replace(self, columns=(self.columns[column],), names=(self.names[column],), ids=(self.ids[column],))

    def numbers(self, column: int, ids: Texts) -> NDArray[np.int64]:
        """Return the codes of the ids of a column: (N,)."""
        return self._indices[column].get_indexer(pd.Index(ids)) + 1

    @cached_property
    def _indices(self) -> list[pd.Index]:
        return [pd.Index(np.array(ids, dtype=object)) for ids in self.ids]

    def _chosen(self, frame: pd.DataFrame, where: str, *, named: bool) -> pd.DataFrame:
        return frame[self._columns(tuple(frame.columns), where, named=named)]

    def _columns(self, names: Sequence[str], where: str, *, named: bool) -> list[str]:
        """Return the columns of ids in a table: by name, else by position. Raises UserError if they are missing."""
        wanted = self.columns if self.header else self.names
        if named and (self.header or set(wanted) <= set(names)):
            for column in wanted:
                if column not in names:
                    hint = did_you_mean(column, names) or f"; its columns are {join_names(names, 8)}"
                    raise UserError(f"{where} has no column '{column}', which the network reads{hint}")
            return list(wanted)
        if len(names) == len(wanted):
            return list(names)
        places = [] if self.header else [int(column) - 1 for column in self.columns]
        if not places or max(places) >= len(names):
            raise UserError(
                f"{where} has {len(names)} column{'s' * (len(names) != 1)}; the network takes {len(wanted)}, "
                f"{join_names(self.names)}"
            )
        return [names[place] for place in places]

    def _encoded(self, frame: pd.DataFrame, place: Place) -> Inputs:
        """Encode a piece of a table, whose index contains the row numbers. Raises UserError."""
        rows = frame.index
        found: dict[str, Sequence[Any]] = {}
        numbers = []
        for column, label in enumerate(frame.columns):
            cells, heading = frame[label], self.columns[column] if self.header else self.names[column]
            if cells.isna().any():
                first = int(rows[int(cells.isna().to_numpy().argmax())])
                raise UserError(f"{place(first)}, column {label}: the {self.names[column]} is missing")
            numbers.append(self.numbers(column, ids_to_text(cells)))
            if (unseen := np.flatnonzero(numbers[-1] == 0)).size:
                self._note(
                    column, str(cells.iloc[unseen[0]]), len(unseen), f"{place(int(rows[unseen[0]]))}, column {label}"
                )
            found[heading] = cells.tolist()
        x = np.stack(numbers, 1)
        if self.unseen == "mean":
            found["unseen"] = [
                " ".join(name for name, number in zip(self.names, row, strict=True) if not number) for row in x.tolist()
            ]
        return Inputs(torch.from_numpy(x), None, found)

    def _note(self, column: int, cell: str, count: int, where: str) -> None:
        """Warn of an unknown id, or raise UserError."""
        name = self.names[column]
        if self.unseen == "refuse":
            average = f"; data.unseen=mean predicts an average {name}" if name in AVERAGED else ""
            raise UserError(
                f"{where}: {name} '{cell}' is not in the training data{average}{did_you_mean(cell, self.ids[column])}"
            )
        rows = "1 row is" if count == 1 else f"{count} rows are"
        warnings.warn(
            f"{where}: {name} '{cell}' is not in the training data; {rows} predicted for an average {name}",
            DataWarning,
            stacklevel=2,
        )


def ids_to_text(cells: "pd.Series[Any]") -> Texts:
    """Return ids as text, integers without a decimal point."""
    if cells.dtype.kind == "f":
        return np.array([str(int(v)) if v.is_integer() else str(v) for v in cells.tolist()], dtype=object)
    return np.array([str(cell) for cell in cells.tolist()], dtype=object)


def in_order(cells: Sequence[str]) -> tuple[str, ...]:
    """Return the sorted distinct ids: integers by value, others alphabetically."""
    different = set(cells)
    if all(cell.isdecimal() for cell in different):
        return tuple(sorted(different, key=lambda cell: (int(cell), cell)))
    return tuple(sorted(different))
