"""Reading of a series from a file or from Python: its values sorted by time, and the times.

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
from .dates import ISO, first_invalid, parse
from .gaps import Place, check_regular, fill_times, frequency_of, interpolate, sort_by_time
from .number_times import find_number_times
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
    """How to convert a table to a series. Columns are given by name or by number, counted from 1.

    columns: columns to forecast, None for all others; drop: columns to leave out; time: column of dates or numbers that
    order the rows, None for the only column that certainly contains times; date_format: format of strptime, None if it
    is unambiguous; sort: whether to sort rows by time, else they must be sorted; gaps: how to handle missing times;
    missing: how to handle missing numbers; table: file format; written: file format as detected from the training file,
    for files that do not show it.
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
    """A series sorted by time.

    values: (N, F); names: names of the features, "1" to "F" without names; named: whether they have names; times: times
    of the rows, None if unknown; time: the column of the times, None if they are the index of a frame; date_format:
    format of the times; frequency: frequency of the rows, None if unknown; left_out: columns of the table that are not
    in the series; written: detected file format.
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
    """The number of features, F, and the frequency of a series that a trained network continues.

    A table may lack the column of times; all columns of an array with F columns are used.
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
    options = resolve_columns(options, file.labels, str(path), expected)
    read = [label for label in file.labels if label not in options.drop]
    text = [label for label in read if options.columns is not None and label not in (*options.columns, options.time)]
    if options.time is not None and options.date_format is not None:
        text.append(str(options.time))  # 01022020 has a leading zero
    frame = file.read(text=text, columns=read)
    unnamed = tuple(label for label, name in zip(file.labels, file.names, strict=True) if not name and label in read)
    table = Table(frame, str(path), lambda row: f"{path}, line {file.line(row)}", file.format.header, unnamed)
    return replace(table.record(options, None, expected), written=file.detected.written)


def read_array(path: Path) -> NDArray[Any]:
    """Read the only array of a file, or the array x. Raises UserError for several arrays without an x."""
    arrays = load_numpy(path)
    if len(arrays) > 1 and "x" not in arrays:
        raise UserError(f"{path} has several arrays ({join_names(arrays)}); the series must be called x")
    if not arrays:
        raise UserError(f"{path} has no array")
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
    options = resolve_columns(options, tuple(table.frame.columns), table.where, expected)
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
    options = resolve_columns(options, tuple(table.frame.columns), where, expected)
    return table.record(options, None, expected)


def resolve_columns(
    options: RecordOptions, names: tuple[str, ...], where: str, expected: Expected | None
) -> RecordOptions:
    """Return options with all columns given by name. Raises UserError for unknown columns.

    If a trained network continues the series, the table may lack the column of times.
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
    """A frame with rows 0 to N - 1, and its description in messages.

    where: the file or another source; place: see `Place`; named: whether the table has names of columns; unnamed:
    labels of columns without a name.
    """

    frame: "pd.DataFrame"
    where: str
    place: Place
    named: bool
    unnamed: tuple[str, ...] = ()

    def record(self, options: RecordOptions, index: "pd.DatetimeIndex | None", expected: Expected | None) -> Record:
        """Return the chosen columns sorted by time and without gaps. Raises UserError."""
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
            rows = sort_by_time(times, sort=options.sort, place=self.place)
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
        """Return the chosen column of times or, unless the index contains dates, the only column of times."""
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
        number = find_number_times(self.frame, [name for name in names if name not in counted], self.where)
        return None if number is None else read_times(self.frame[number], number, options.date_format, self.place)

    def numbers(self, name: str, options: RecordOptions) -> Floats:
        """Return a column as numbers, NaN for missing cells. Raises UserError for other cells."""
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
            if parse(texts.iloc[row : row + 1], ISO) is not None:  # a column of dates except for one cell
                row = first_invalid(texts, options.date_format) % len(texts)
                reason = "is neither a number nor a date"
                reason += "" if options.date_format is None else f" of the form {options.date_format}"
            raise UserError(
                f"{self.place(row)}, column {name}: '{texts.iloc[row]}' {reason}; {to_shell('data.drop', [name])} "
                f"leaves the column out, {to_shell('data.time', name)} uses it as the times, data.columns chooses the "
                "columns to forecast"
            ) from None
        invalid = np.isinf(values) | (np.isnan(values) if options.missing == "refuse" else False)
        if invalid.any():
            row = int(invalid.argmax())
            if np.isinf(values[row]):
                raise UserError(f"{self.place(row)}, column {name}: {values[row]} is not a finite number")
            raise UserError(
                f"{self.place(row)}, column {name}: the number is missing; data.missing=interpolate fills it in by "
                "linear interpolation"
            )
        return values

    def check_ends(self, values: Floats, names: list[str], rows: NDArray[np.int64]) -> None:
        """Raise UserError if the first or last number of a column is missing, which cannot be interpolated."""
        for row in (0, -1):
            for name, missing in zip(names, np.isnan(values[row]), strict=True):
                if missing:
                    raise UserError(
                        f"{self.place(int(rows[row]))}, column {name}: the {'last' if row else 'first'} number is "
                        f"missing; data.missing=interpolate needs numbers on both sides: leave the row out"
                    )

    def row_numbers(self) -> list[str]:
        """Return the unnamed columns that count the rows: pandas writes its index from 0, R from 1."""
        n = len(self.frame)
        counts = list(range(n)), list(range(1, n + 1))
        return [name for name in self.unnamed if self.frame[name].tolist() in counts]

    def warn_of_counters(self, names: list[str], values: Floats) -> None:
        """Warn of a column, if there are others, that increases by the same integer from row to row."""
        steps = np.diff(values, axis=0)
        for name, step in zip(names, steps.T, strict=True):
            if len(names) > 1 and len(step) > 1 and step[0] > 0 and step[0] % 1 == 0 and (step == step[0]).all():
                warnings.warn(
                    f"{self.where}: column {name} increases evenly and is forecast like the others; "
                    f"{to_shell('data.time', name)} uses it as the times, {to_shell('data.drop', [name])} leaves it "
                    "out",
                    DataWarning,
                    stacklevel=2,
                )
