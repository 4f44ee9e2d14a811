"""The column of a table that tells the times of its rows.

Shapes: N rows.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..errors import UserError, join_names
from ..formatting import to_shell
from .dates import ISO, SAMPLE, first_misfit, fitting, parse
from .gaps import Place
from .number_times import number_dates
from .times import Times, from_index

if TYPE_CHECKING:
    import pandas as pd


class TimeColumn(NamedTuple):
    """Times of the rows.

    name: of the column; date_format: in which dates are written where it is not ISO 8601, None for numbers, too.
    """

    name: str
    times: Times
    date_format: str | None = None


def find_times(
    frame: "pd.DataFrame", names: Sequence[str], date_format: str | None, where: str, place: Place
) -> TimeColumn | None:
    """Return the only column among `names` that holds dates in all rows, None if there is none.

    date_format: of strptime, None for one that is unambiguous; where, place: of the table and its rows, for messages.
    Raises UserError if there are several, and for dates that can be read in several ways.
    """
    found = {name: dates for name in names if (dates := dates_of(frame[name], date_format))}
    if len(found) > 1:
        raise UserError(
            f"{where}: columns {join_names(found)} hold dates; {to_shell('data.time', next(iter(found)))} says which "
            "of them orders the rows, and data.drop leaves columns out"
        )
    for name, dates in found.items():
        return chosen(frame[name], name, dates, place)
    return None


def read_times(cells: "pd.Series[Any]", name: str, date_format: str | None, place: Place) -> TimeColumn:
    """Return a column of dates, or of numbers. Raises UserError for a cell that is neither, and for missing ones."""
    if cells.isna().any():
        raise UserError(f"{place(int(cells.isna().to_numpy().argmax()))}, column {name}: the time is missing")
    if date_format is None and cells.dtype.kind in "biuf":
        read = number_dates(cells)
        if read is None:
            return TimeColumn(name, Times(cells.to_numpy(np.float64)))
        return TimeColumn(name, from_index(read.dates), read.date_format)
    if found := dates_of(cells if cells.dtype.kind not in "biuf" else cells.astype(str), date_format):
        return chosen(cells, name, found, place)
    texts = cells.astype(str)
    row = first_misfit(texts, date_format)
    raise UserError(
        f"{place(row)}, column {name}: '{texts.iloc[row]}' is no date"
        f"{'' if date_format is None else f' of the form {date_format}'}; data.date_format tells the form, such as "
        f"%d/%m/%Y"
    )


def chosen(cells: "pd.Series[Any]", name: str, dates: "dict[str, pd.DatetimeIndex]", place: Place) -> TimeColumn:
    """Return the dates of a column. Raises UserError if they can be read in several ways."""
    if len(dates) > 1:
        ways = " or ".join(f"data.date_format='{each}'" for each in dates)
        raise UserError(
            f"{place(0)}, column {name}: '{cells.iloc[0]}' and all other dates can be read in {len(dates)} ways; "
            f"{ways} decides"
        )
    ((date_format, index),) = dates.items()
    return TimeColumn(name, from_index(index), None if date_format == ISO else date_format)


def dates_of(cells: "pd.Series[Any]", date_format: str | None) -> "dict[str, pd.DatetimeIndex]":
    """Return the dates of a column of text by the formats that fit all rows; those of a column of dates as ISO."""
    import pandas as pd

    if cells.dtype.kind in "biuf" or cells.isna().any():
        return {}
    if is_dates(cells):
        return {ISO: pd.DatetimeIndex(cells)}
    texts = cells.astype(str)
    if date_format is not None:
        dates = parse(texts, date_format)
        return {} if dates is None else {date_format: dates}
    if pd.to_numeric(texts.head(SAMPLE), errors="coerce").notna().all():  # numbers that were read as text
        return {}
    return fitting(texts)


def is_dates(cells: "pd.Series[Any]") -> bool:
    """Tell whether cells are dates, rather than text or numbers."""
    import pandas as pd

    return cells.dtype.kind == "M" or (
        cells.dtype.kind == "O" and pd.api.types.infer_dtype(cells) in ("date", "datetime", "datetime64")
    )
