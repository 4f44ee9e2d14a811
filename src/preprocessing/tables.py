"""Preprocessing of tables: columns are found by name, missing cells filled, numbers scaled, categories one-hot encoded.

Shapes: N rows, F columns of a table, W columns of the network's input.
"""

import math
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..errors import DataWarning, UserError, did_you_mean, join_names
from ..files.arrays import read_inputs
from ..files.frames import as_frame, is_frame, is_polars, is_unnamed, with_numbered_columns
from ..files.paths import TABLES
from ..files.tables import DETECT, TableFile, TableOptions
from .base import Inputs, Preprocessing, table_options
from .columns import CategoryColumn, Column, Misfit, NumberColumn, column_from_dict, factorize_texts
from .numbers import as_tensor

Place = Callable[[int], str]  # row -> its location for messages: "new.csv, line 17"
FILL = "data.missing=drop leaves such rows out, data.missing=mean, median or most_frequent fills them in"
NO_MISSING = "the network was trained without missing cells; train with data.missing=median or mean to fill them in"
CELLS = 1 << 18  # in a piece of a file; a cell of text takes ten times the memory of a number
BLOCK = 1 << 16  # numbers that are written at once, so that they fit into the cache


@dataclass(frozen=True, kw_only=True)
class TablePreprocessing(Preprocessing):
    """The columns of a table that a network reads, with statistics of the training rows.

    columns: columns of the network's input, in its order; names: all columns of the training table, in its order;
    targets, ids: columns to predict, and columns passed on to the predictions; header: whether the table had names,
    else they are "1" to "F"; options: settings of the file format; written: detected format of the training table, for
    files that do not show, for example, whether 1.234 is a decimal number; low, high: scaled numbers outside are
    refused.
    """

    kind: ClassVar[str] = "table"

    columns: tuple[Column, ...]
    names: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    header: bool = True
    options: TableOptions = DETECT
    written: TableOptions = DETECT
    low: float = -math.inf
    high: float = math.inf

    @property
    def width(self) -> int:
        """Return W."""
        return sum(column.width for column in self.columns)

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Self:
        """Rebuild it from `to_dict`."""
        return cls(
            columns=tuple(column_from_dict(column) for column in plain["columns"]),
            names=tuple(plain["names"]),
            targets=tuple(plain["targets"]),
            ids=tuple(plain["ids"]),
            header=plain["header"],
            options=TableOptions(**plain["options"]),
            written=TableOptions(**plain.get("written", {})),
            low=plain.get("low", -math.inf),  # earlier versions have none
            high=plain.get("high", math.inf),
        )

    def encode(self, raw: Any) -> Inputs:
        """Encode the rows of a frame, a mapping of columns or an array (N, F), or (F,) for a single row.

        An array has the columns that the network reads, in their order, or all columns of the training table. So does
        a frame without names if the training table had none.
        Raises UserError for a column that is missing or has another type, and for invalid cells.
        """
        frame = self._frame(raw)
        return Inputs(self._encoded(frame, lambda row: f"row {row + 1}"), None, self._ids(frame))

    def read(self, path: Path) -> Iterator[Inputs]:
        """Yield the rows of a table (.csv, .tsv, .txt) or of an array (.npy, .npz) of numbers. Raises UserError."""
        rows = max(1, CELLS // max(1, self.width, len(self.names)))
        if path.suffix.lower() not in TABLES:
            values = read_inputs(path)
            for begin in range(0, len(values), rows):
                frame = self._frame(values[begin : begin + rows])
                frame.index += begin
                yield Inputs(self._encoded(frame, lambda row: f"{path}, row {row + 1}"), None, self._ids(frame))
            return
        header = self.header if self.options.header is None else self.options.header
        try:
            file = TableFile(path, replace(self.options, header=header), self.written, remedies=())
        except UserError as error:
            hint = "; as in training, the first line is read as the names of the columns"
            raise UserError(f"{error}{hint if header and 'header and no rows' in str(error) else ''}") from None
        names = file.labels if header else self._positional(len(file.labels), str(path))
        own = dict(zip(names, file.labels, strict=True))
        chosen = self._known(names, str(path))
        text = {column.name for column in self.columns if isinstance(column, CategoryColumn)} | set(self.ids)
        text_columns, columns = ([own[name] for name in chosen if name in some] for some in (text, chosen))
        for frame in file.chunks(rows, text=text_columns, columns=columns):
            frame.columns = frame.columns.map({of: name for name, of in own.items()})
            yield Inputs(self._encoded(frame, lambda row: f"{path}, line {file.line(row)}"), None, self._ids(frame))

    def reading(self, settings: Mapping[str, Any]) -> Self:
        """Return a copy with other settings of the file format. Raises UserError for unknown settings."""
        return replace(self, options=table_options(self.options, settings))

    def within(self, low: float, high: float) -> Self:
        """Return a copy that refuses scaled numbers outside [low, high]."""
        return replace(self, low=low, high=high)

    def scaled(self, x: Tensor) -> Tensor:
        """Return scaled numbers (*n, F) of the columns that the network reads, in their order.

        Raises UserError if a column has categories.
        """
        numbers = [column for column in self.columns if isinstance(column, NumberColumn)]
        if len(numbers) < len(self.columns):
            raise UserError("the network also reads categories, which are not numbers; use predict")
        mean = torch.tensor([column.mean for column in numbers], dtype=torch.float64)
        scale = torch.tensor([column.scale for column in numbers], dtype=torch.float64)
        return ((x.double() - mean.to(x.device)) / scale.to(x.device)).float()

    def restored(self, x: Tensor) -> Tensor:
        """Return inputs (*n, W) of the network in the units of their columns, in float64; categories stay one-hot."""
        places = [column for column in self.columns for _ in range(column.width)]
        scale = [column.scale if isinstance(column, NumberColumn) else 1.0 for column in places]
        mean = [column.mean if isinstance(column, NumberColumn) else 0.0 for column in places]
        x = x.double()
        return x * x.new_tensor(scale) + x.new_tensor(mean)

    @property
    def features(self) -> tuple[str, ...]:
        """The names of the W inputs: names of columns, or `column=category`."""
        names: list[str] = []
        for column in self.columns:
            if isinstance(column, CategoryColumn):
                names += [f"{column.name}={category}" for category in column.categories]
            else:
                names.append(column.name)
        return tuple(names)

    @property
    def columns_of_features(self) -> tuple[str, ...]:
        """The name of the column behind each of the W inputs."""
        return tuple(column.name for column in self.columns for _ in range(column.width))

    def _encoded(self, frame: pd.DataFrame, place: Place) -> Tensor:
        """Encode a piece of a table, whose index contains the row numbers. Raises UserError."""
        rows = frame.index
        parts = []
        for column in self.columns:
            cells = frame[column.name]
            try:
                parts.append(column.encode(cells))
            except Misfit as error:
                hint = f"; {NO_MISSING}" if error.missing else ""
                raise UserError(f"{place(int(rows[error.row]))}, column {column.name}: {error.reason}{hint}") from None
            if isinstance(column, NumberColumn) and (row := first_outside(parts[-1], self.low, self.high)) is not None:
                low, high = (column.mean + column.scale * bound for bound in (self.low, self.high))
                raise UserError(
                    f"{place(int(rows[row]))}, column {column.name}: {cells.iloc[row]} is outside [{low:g}, {high:g}], "
                    "the range of the training data"
                )
            if isinstance(column, CategoryColumn) and (unseen := np.flatnonzero(parts[-1] == -1)).size:
                codes, different = factorize_texts(cells)
                warnings.warn(
                    f"{place(int(rows[unseen[0]]))}, column {column.name}: '{different[codes[unseen[0]]]}' is none of "
                    f"the {column.width} training categories ({join_names(column.categories, 8)}); "
                    f"{len(unseen)} such {'row is' if len(unseen) == 1 else 'rows are'} encoded as zeros",
                    DataWarning,
                    stacklevel=2,
                )
        return assembled(self.columns, parts) if parts else torch.zeros(len(frame), 0)

    def _frame(self, raw: Any) -> pd.DataFrame:
        """Return raw rows as a frame with the columns to read. Raises UserError."""
        if is_frame(raw) or isinstance(raw, pd.Series) or is_polars(raw, "Series"):
            if not isinstance(raw, pd.DataFrame) and not is_frame(raw):
                raise UserError("a single column or row is not a table; pass a frame with named columns")
            frame = as_frame(raw)
            if not self.header and is_unnamed(raw):
                frame.columns = pd.Index(self._positional(len(frame.columns), "the input"))
            return frame[self._known(tuple(frame.columns), "the input")]
        is_table = isinstance(raw, np.ndarray) and raw.ndim == 2 and raw.dtype.kind != "c"
        values = raw if is_table else as_tensor(raw).numpy()
        values = values[None] if values.ndim == 1 else values
        if values.ndim != 2:
            raise UserError(f"the input has shape {tuple(values.shape)}; the network takes (B, {len(self.columns)})")
        names = self._positional(values.shape[1], f"the input of shape {tuple(values.shape)}")
        return with_numbered_columns(values).set_axis(names, axis=1)[self._known(names, "the input")]

    def _known(self, names: Sequence[str], where: str) -> list[str]:
        """Return the columns of a table to read. Raises UserError if one that the network reads is missing."""
        for column in self.columns:
            if column.name not in names:
                hint = did_you_mean(column.name, names) or f"; its columns are {join_names(names, 8)}"
                raise UserError(f"{where} has no column '{column.name}', which the network reads{hint}")
        further = [name for name in names if name and name not in self.names]
        if further:
            warnings.warn(
                f"{where}: the training table had no column {join_names([repr(name) for name in further], 5)}; "
                "not used",
                DataWarning,
                stacklevel=2,
            )
        return [column.name for column in self.columns] + [name for name in self.ids if name in names]

    def _ids(self, frame: pd.DataFrame) -> dict[str, Sequence[Any]]:
        """Return what identifies the rows: the columns of ids, else row numbers from 0."""
        found: dict[str, Sequence[Any]] = {name: frame[name].tolist() for name in self.ids if name in frame}
        return found or {"index": frame.index.tolist()}

    def _positional(self, width: int, where: str) -> list[str]:
        """Return the names of unnamed columns by position. Raises UserError if their number differs from training."""
        inputs = [column.name for column in self.columns]
        known = [inputs, [name for name in self.names if name not in self.targets], list(self.names)]
        for names in known:
            if len(names) == width:
                return names
        whole = f", or all {len(self.names)} of the training table" if len(self.names) > len(inputs) else ""
        raise UserError(
            f"{where} has {width} columns; the network takes {len(inputs)} ({join_names(inputs, 8)}){whole}"
        )


def first_outside(values: NDArray[Any], low: float, high: float) -> int | None:
    """Return the index of the first number outside [low, high], None if there is none."""
    if not len(values) or low <= values.min() <= values.max() <= high:
        return None
    outside = (values < low) | (values > high)  # False for NaN
    return int(outside.argmax()) if outside.any() else None


def assembled(columns: Sequence[Column], parts: Sequence[NDArray[Any]]) -> Tensor:
    """Concatenate encoded columns, see `Column.encode`, to the input of the network: (N, W)."""
    width = sum(column.width for column in columns)
    found = np.empty((len(parts[0]), width), dtype=np.float32)
    rows = max(1, BLOCK // max(1, width))
    for first in range(0, len(found), rows):
        block, begin = found[first : first + rows], 0
        for column, part in zip(columns, parts, strict=True):
            column.write(part[first : first + rows], block[:, begin : begin + column.width])
            begin += column.width
    return torch.from_numpy(found)
