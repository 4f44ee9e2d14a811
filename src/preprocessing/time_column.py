"""Detection and parsing of the column of times of a table.

Shapes: N rows.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..errors import UserError, join_names
from ..formatting import to_shell
from .dates import ISO, SAMPLE, first_invalid, matching_formats, parse
from .gaps import Place
from .number_times import parse_number_dates
from .times import Times, from_index

if TYPE_CHECKING:
    import pandas as pd


class TimeColumn(NamedTuple):
    """A column of times.

    name: name of the column; date_format: format of the dates, None for ISO 8601 and for numbers.
    """

    name: str
    times: Times
    date_format: str | None = None


def find_times(
    frame: "pd.DataFrame", names: Sequence[str], date_format: str | None, where: str, place: Place
) -> TimeColumn | None:
    """Return the only column among `names` that has dates in all rows, None if there is none.

    date_format: format of strptime, None to detect it; where, place: location of the table and its rows, for messages.
    Raises UserError if there are several such columns, and for ambiguous dates.
    """
    found = {name: dates for name in names if (dates := parse_dates(frame[name], date_format))}
    if len(found) > 1:
        raise UserError(
            f"{where}: columns {join_names(found)} have dates; {to_shell('data.time', next(iter(found)))} chooses the "
            "one that orders the rows, and data.drop leaves columns out"
        )
    for name, dates in found.items():
        return unambiguous_dates(frame[name], name, dates, place)
    return None


def read_times(cells: "pd.Series[Any]", name: str, date_format: str | None, place: Place) -> TimeColumn:
    """Parse a column of dates or numbers. Raises UserError for missing and other cells."""
    if cells.isna().any():
        raise UserError(f"{place(int(cells.isna().to_numpy().argmax()))}, column {name}: the time is missing")
    if date_format is None and cells.dtype.kind in "biuf":
        read = parse_number_dates(cells)
        if read is None:
            return TimeColumn(name, Times(cells.to_numpy(np.float64)))
        return TimeColumn(name, from_index(read.dates), read.date_format)
    if found := parse_dates(cells if cells.dtype.kind not in "biuf" else cells.astype(str), date_format):
        return unambiguous_dates(cells, name, found, place)
    texts = cells.astype(str)
    row = first_invalid(texts, date_format)
    raise UserError(
        f"{place(row)}, column {name}: '{texts.iloc[row]}' is not a date"
        f"{'' if date_format is None else f' of the form {date_format}'}; set data.date_format to the form, such as "
        "%d/%m/%Y"
    )


def unambiguous_dates(
    cells: "pd.Series[Any]", name: str, dates: "dict[str, pd.DatetimeIndex]", place: Place
) -> TimeColumn:
    """Return the dates of a column. Raises UserError if several formats parse them."""
    if len(dates) > 1:
        ways = " or ".join(f"data.date_format='{each}'" for each in dates)
        raise UserError(
            f"{place(0)}, column {name}: '{cells.iloc[0]}' and all other dates can be read in {len(dates)} ways; "
            f"{ways} decides"
        )
    ((date_format, index),) = dates.items()
    return TimeColumn(name, from_index(index), None if date_format == ISO else date_format)


def parse_dates(cells: "pd.Series[Any]", date_format: str | None) -> "dict[str, pd.DatetimeIndex]":
    """Return format -> dates for the formats that parse all rows of a column; a column of dates has ISO."""
    import pandas as pd

    if cells.dtype.kind in "biuf" or cells.isna().any():
        return {}
    if is_dates(cells):
        return {ISO: pd.DatetimeIndex(cells)}
    texts = cells.astype(str)
    if date_format is not None:
        dates = parse(texts, date_format)
        return {} if dates is None else {date_format: dates}
    if pd.to_numeric(texts.head(SAMPLE), errors="coerce").notna().all():  # numbers read as text
        return {}
    return matching_formats(texts)


def is_dates(cells: "pd.Series[Any]") -> bool:
    """Return whether cells are dates, rather than text or numbers."""
    import pandas as pd

    return cells.dtype.kind == "M" or (
        cells.dtype.kind == "O" and pd.api.types.infer_dtype(cells) in ("date", "datetime", "datetime64")
    )
