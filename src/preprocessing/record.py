"""A series as users have it, from a file or from Python: numbers in order of time, and the times themselves.

Shapes: N rows, F features.
"""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from ..errors import DataWarning, UserError, join_names
from ..files.arrays import load_numpy
from ..files.paths import TABLES
from ..files.tables import DETECT, TableFile, TableOptions
from ..formatting import to_shell
from .dates import ISO, first_misfit, parse
from .gaps import Place, check_regular, fill_times, frequency_of, interpolate, order
from .number_times import find_numbers
from .numbers import as_tensor
from .time_column import TimeColumn, find_times, is_dates, read_times
from .times import Frequency, Times, from_index

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]
Gaps = Literal["refuse", "keep", "interpolate"]
Missing = Literal["refuse", "interpolate"]
ARRAYS = (".npy", ".npz")


@dataclass(frozen=True, kw_only=True)
class RecordOptions:
    """How a table becomes a series. Columns are given by name or by number, from 1 on.

    columns: to be forecast, None for all that are left; drop: left out; time: dates or numbers that order the rows,
    None for the only column that is sure to hold times; date_format: of strptime, None if it is unambiguous; sort: by
    time, else rows must be in order; gaps: what to do where times are missing; missing: where numbers are missing;
    table: how files are written; written: the same, as the training file showed it, where a file leaves it open.
    """

    columns: tuple[str | int, ...] | None = None
    drop: tuple[str | int, ...] = ()
    time: str | int | None = None
    date_format: str | None = None
    sort: bool = False
    gaps: Gaps = "refuse"
    missing: Missing = "refuse"
    table: TableOptions = DETECT
    written: TableOptions = DETECT

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Self:
        """Rebuild them from plain data."""
        columns = plain["columns"]
        changed = {
            "columns": None if columns is None else tuple(columns),
            "drop": tuple(plain["drop"]),
            "table": TableOptions(**plain["table"]),
            "written": TableOptions(**plain.get("written", {})),  # earlier versions have none
        }
        return cls(**{**plain, **changed})


@dataclass(frozen=True, kw_only=True)
class Record:
    """A series in order of time.

    values: (N, F); names: of the features, "1" to "F" where they have none; named: whether they have; times: of the
    rows, None where nothing tells; time: the column of the times, None if they come from the index of a frame;
    date_format: in which they are written; frequency: from row to row, None where it is not known; left_out: columns
    that are in the table and not in the series; written: how its file shows that it is written.
    """

    values: Floats
    names: tuple[str, ...]
    named: bool = True
    times: Times | None = None
    time: str | None = None
    date_format: str | None = None
    frequency: Frequency | None = None
    left_out: tuple[str, ...] = ()
    written: TableOptions = DETECT


@dataclass(frozen=True)
class Expected:
    """What a series is to be like that a network goes on with: its features, F, and its frequency, if the rows fit it.

    A table may lack the column of times; an array of F columns is taken whole.
    """

    features: int
    frequency: Frequency | None = None


def read_record(path: Path, options: RecordOptions, expected: Expected | None = None) -> Record:
    """Read a table (.csv, .tsv, .txt) or an array (.npy, or .npz with one or `x`): (N,) or (N, F).

    Raises UserError, with file, line and column.
    """
    suffix = path.suffix.lower()
    if suffix in ARRAYS:
        return array_record(read_array(path), options, str(path), expected)
    if suffix not in TABLES:
        raise UserError(f"{path}: unknown file extension '{path.suffix}'; one of: {', '.join(TABLES + ARRAYS)}")
    file = TableFile(path, options.table, options.written, remedies=("drop",))
    if file.format.ambiguous_decimal:
        raise UserError(
            f"{path}, line {file.line(0)}: is it two whole numbers, or one number with a decimal comma? "
            f"{to_shell('data.separator', ',')} or {to_shell('data.decimal', ',')} decides"
        )
    options = resolved(options, file.labels, str(path), expected)
    read = [label for label in file.labels if label not in options.drop]
    text = [label for label in read if options.columns is not None and label not in (*options.columns, options.time)]
    if options.time is not None and options.date_format is not None:
        text.append(str(options.time))  # 01022020 has a leading zero
    frame = file.read(text=text, columns=read)
    unnamed = tuple(label for label, name in zip(file.labels, file.names, strict=True) if not name and label in read)
    table = Table(frame, str(path), lambda row: f"{path}, line {file.line(row)}", file.format.header, unnamed)
    return replace(table.record(options, None, expected), written=file.detected.written)


def read_array(path: Path) -> NDArray[Any]:
    """Read the only array of a file, or x. Raises UserError if there are several others."""
    arrays = load_numpy(path)
    if len(arrays) > 1 and "x" not in arrays:
        raise UserError(f"{path} holds several arrays ({join_names(arrays)}); the series must be alone or be called x")
    if not arrays:
        raise UserError(f"{path} holds no array")
    return arrays["x"] if "x" in arrays else next(iter(arrays.values()))


def to_record(raw: Any, options: RecordOptions, expected: Expected | None = None) -> Record:
    """Return a frame (its index may be dates), a mapping of columns, an array, a tensor or a list as a series.

    Raises UserError.
    """
    import pandas as pd

    from ..files.frames import as_frame, is_frame, is_polars

    if is_polars(raw, "Series"):
        raw = raw.to_numpy()
    if isinstance(raw, pd.Series):
        raw = raw.to_frame("1" if raw.name is None else str(raw.name))
    if not is_frame(raw):
        values = raw if isinstance(raw, np.ndarray) else as_tensor(raw).double().numpy()
        return array_record(values, options, "the series", expected)
    index = raw.index if isinstance(raw, pd.DataFrame) else None
    if isinstance(index, pd.PeriodIndex):
        index = index.to_timestamp()
    table = Table(as_frame(raw), "the frame", lambda row: f"row {row + 1}", True)
    options = resolved(options, tuple(table.frame.columns), table.where, expected)
    return table.record(options, index if isinstance(index, pd.DatetimeIndex) else None, expected)


def array_record(values: NDArray[Any], options: RecordOptions, where: str, expected: Expected | None) -> Record:
    """Return an array (N,) or (N, F) as a series. Raises UserError."""
    from ..files.frames import with_numbered_columns

    if values.ndim not in (1, 2) or not values.size:
        raise UserError(f"{where} is {values.shape}; it must be (N,) or (N, F)")
    if values.dtype.kind not in "biuf":
        raise UserError(f"{where} is of type {values.dtype}; it must be numbers")
    values = values.reshape(len(values), -1)
    if expected is not None and values.shape[1] == expected.features:
        options = replace(options, columns=None, drop=(), time=None)
    table = Table(with_numbered_columns(values), where, lambda row: f"{where}, row {row + 1}", False)
    options = resolved(options, tuple(table.frame.columns), where, expected)
    return table.record(options, None, expected)


def resolved(options: RecordOptions, names: tuple[str, ...], where: str, expected: Expected | None) -> RecordOptions:
    """Return options with the names of all columns that they tell. Raises UserError for columns that are not there.

    A table to go on with need not have the column of times.
    """
    from ..files.frames import find_column

    time = options.time
    if time is not None and expected is not None and not str(time).isdecimal() and time not in names:
        time = None
    return replace(
        options,
        columns=None if options.columns is None else tuple(find_column(each, names, where) for each in options.columns),
        drop=tuple(find_column(each, names, where) for each in options.drop),
        time=None if time is None else find_column(time, names, where),
    )


@dataclass(frozen=True)
class Table:
    """A frame with rows 0 to N - 1, and how its places are called in messages.

    where: the file or what else it is; place: see `Place`; named: whether the columns have names of their own;
    unnamed: those of them that have none.
    """

    frame: "pd.DataFrame"
    where: str
    place: Place
    named: bool
    unnamed: tuple[str, ...] = ()

    def record(self, options: RecordOptions, index: "pd.DatetimeIndex | None", expected: Expected | None) -> Record:
        """Return the chosen columns in order of time, without gaps. Raises UserError."""
        if not len(self.frame):
            raise UserError(f"{self.where} has no rows")
        names = tuple(map(str, self.frame.columns))
        found = self.time_column(options, index is not None, expected)
        time = None if found is None else found.name
        if options.columns is None:
            drop = {*options.drop, *self.row_numbers()}
            wanted = [name for name in names if name not in drop and name != time]
        else:
            wanted = [str(name) for name in options.columns]
        if not wanted:
            raise UserError(f"{self.where} has no series left to forecast; its columns are {join_names(names)}")
        values = np.column_stack([self.numbers(name, options) for name in wanted])
        times = None
        if found is not None:
            times = found.times
        elif index is not None:
            if index.hasnans:
                raise UserError(f"{self.place(int(index.isna().argmax()))}, index: the time is missing")
            times = from_index(index)
        elif self.named and options.columns is None and expected is None:
            self.warn_of_counters(wanted, values)
        frequency = None
        if times is not None:
            rows = order(times, sort=options.sort, place=self.place)
            values, times = values[rows], Times(times.clock[rows], times.zone)
            frequency = frequency_of(times.clock, None if expected is None else expected.frequency)
            if frequency is not None and options.gaps != "keep":
                filling = options.gaps == "interpolate"
                check_regular(times, frequency, irregular_only=filling, place=lambda row: self.place(int(rows[row])))
                if filling:
                    times, values = fill_times(times, frequency, values)
        else:
            rows = np.arange(len(values))
        if np.isnan(values).any():
            self.check_ends(values[[0, -1]], wanted, rows)
            values = interpolate(values)
        return Record(
            values=values,
            names=tuple(wanted),
            named=self.named,
            times=times,
            time=time,
            date_format=None if found is None else found.date_format,
            frequency=frequency,
            left_out=tuple(str(name) for name in dict.fromkeys((*names, *options.drop)) if name not in (*wanted, time)),
        )

    def time_column(self, options: RecordOptions, indexed: bool, expected: Expected | None) -> TimeColumn | None:
        """Return the times of the chosen column or, unless the rows are indexed by dates, of the only one of times."""
        if options.time is not None:
            name = str(options.time)
            return read_times(self.frame[name], name, options.date_format, self.place)
        if indexed:
            return None
        taken = (*options.drop, *(options.columns or ()))
        names = [name for name in map(str, self.frame.columns) if name not in taken]
        found = find_times(self.frame, names, options.date_format, self.where, self.place)
        if (
            found is not None
            or options.columns is not None
            or (expected is not None and len(names) == expected.features)
        ):
            return found
        counted = self.row_numbers()
        number = find_numbers(self.frame, [name for name in names if name not in counted], self.where)
        return None if number is None else read_times(self.frame[number], number, options.date_format, self.place)

    def numbers(self, name: str, options: RecordOptions) -> Floats:
        """Return a column, NaN for missing cells. Raises UserError for cells that cannot be used."""
        import pandas as pd

        from ..files.frames import to_float

        cells = self.frame[name]
        try:
            if is_dates(cells):
                raise ValueError
            values = to_float(cells)
        except (ValueError, TypeError):
            bad = cells.notna() & (is_dates(cells) | pd.to_numeric(cells, errors="coerce").isna())
            row = int(bad.to_numpy().argmax())
            texts = cells.astype(str)
            reason = "is not a number"
            if parse(texts.iloc[row : row + 1], ISO) is not None:  # a column of dates but for one cell
                row = first_misfit(texts, options.date_format) % len(texts)
                reason = "is neither a number nor a date"
                reason += "" if options.date_format is None else f" of the form {options.date_format}"
            raise UserError(
                f"{self.place(row)}, column {name}: '{texts.iloc[row]}' {reason}; {to_shell('data.drop', [name])} "
                f"leaves the column out, {to_shell('data.time', name)} takes it for the times, data.columns names "
                "those to forecast"
            ) from None
        odd = np.isinf(values) | (np.isnan(values) if options.missing == "refuse" else False)
        if odd.any():
            row = int(odd.argmax())
            if np.isinf(values[row]):
                raise UserError(f"{self.place(row)}, column {name}: {values[row]} cannot be used; give a finite number")
            raise UserError(
                f"{self.place(row)}, column {name}: the number is missing; data.missing=interpolate draws a straight "
                f"line between its neighbours"
            )
        return values

    def check_ends(self, values: Floats, names: list[str], rows: NDArray[np.int64]) -> None:
        """Raise UserError if the first or last number of a column is missing: nothing lies beyond it."""
        for row in (0, -1):
            for name, missing in zip(names, np.isnan(values[row]), strict=True):
                if missing:
                    raise UserError(
                        f"{self.place(int(rows[row]))}, column {name}: the {'last' if row else 'first'} number is "
                        f"missing; data.missing=interpolate needs numbers on both sides: leave the row out"
                    )

    def row_numbers(self) -> list[str]:
        """Return the columns without a name that count the rows, as pandas writes its index from 0 on, R from 1."""
        n = len(self.frame)
        counts = list(range(n)), list(range(1, n + 1))
        return [name for name in self.unnamed if self.frame[name].tolist() in counts]

    def warn_of_counters(self, names: list[str], values: Floats) -> None:
        """Warn of a column beside others that rises by the same whole number from row to row."""
        steps = np.diff(values, axis=0)
        for name, step in zip(names, steps.T, strict=True):
            if len(names) > 1 and len(step) > 1 and step[0] > 0 and step[0] % 1 == 0 and (step == step[0]).all():
                warnings.warn(
                    f"{self.where}: column {name} rises evenly and is forecast like the others; "
                    f"{to_shell('data.time', name)} takes it for the times, {to_shell('data.drop', [name])} leaves it "
                    "out",
                    DataWarning,
                    stacklevel=2,
                )
