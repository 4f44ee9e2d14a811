"""Detection of times written as numbers: columns with the name of a time, counters, and dates in digits.

Shapes: N rows.
"""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..errors import UserError, join_names
from ..formatting import to_shell
from .dates import ISO, parse

if TYPE_CHECKING:
    import pandas as pd

YEAR = "year years yr jahr année annee año anno ano"
PART = "month months quarter week day hour monat quartal woche tag stunde mois jour mes mese día dia giorno"
TIME = (
    "date dates datetime time times timestamp stamp ts t dt ds epoch unix unixtime period yearmonth yyyymm yyyymmdd "
    "datum zeit zeitpunkt zeitstempel fecha"
)
YEARS, PARTS = frozenset(YEAR.split()), frozenset(PART.split())
WORDS = YEARS | PARTS | frozenset(TIME.split())
FORMS = {6: "%Y%m", 8: ISO, 10: "%Y%m%d%H", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}  # by the number of digits
UNIX = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
MIN_UNIX, MAX_UNIX = 10**8, 4_102_444_800  # seconds since 1970: in 1973, above typical counters, and in 2100
STEP_TOLERANCE = 0.01  # of a step, for rounded decimals such as 1949.083, 1949.167
MIN_ROWS = 3  # rows needed to detect an order
MIN_COUNTER_ROWS = 5  # rows needed to detect a counter


class NumberDates(NamedTuple):
    """Dates of the rows, and the format of their digits, None if it is unambiguous."""

    dates: "pd.DatetimeIndex"
    date_format: str | None = None


def parse_number_dates(cells: "pd.Series[Any]") -> NumberDates | None:
    """Parse integers as dates: digits such as 20150131 or 201501, or Unix time; None if a row is not a date.

    Years are 1900 to 2100 unless there are eight digits; Unix time is in seconds to nanoseconds, from 1973 to 2100.
    """
    import pandas as pd

    numbers = as_integers(cells)
    if numbers is None:
        return None
    low, high = int(numbers.min()), int(numbers.max())
    form = FORMS.get(len(str(low))) if low > 0 and len(str(low)) == len(str(high)) else None
    if form == ISO or (form is not None and str(low)[:4] >= "1900" and str(high)[:4] <= "2100"):
        dates = parse(pd.Series(numbers.astype(str)), form)
        if dates is not None:
            return NumberDates(dates, None if form == ISO else form)
    for unit, size in UNIX.items():
        if MIN_UNIX * size <= low and high < MAX_UNIX * size:
            return NumberDates(pd.DatetimeIndex(numbers.astype(f"datetime64[{unit}]")))
    return None


def find_number_times(frame: "pd.DataFrame", names: Sequence[str], where: str) -> str | None:
    """Return the only column among `names` that certainly contains times as numbers, None if there is none.

    Such a column has the name of a time and contains dates, or is monotonic. Raises UserError if there are several, for
    columns with parts of dates, and for possible times: a column with the name of a time, or a counter in the first.
    """
    if len(names) < 2 or len(frame) < MIN_ROWS:
        return None
    certain = [name for name in names if is_time(frame[name], name)]
    years = [
        name
        for name in names
        if name_words(name) and name_words(name) <= YEARS and as_integers(frame[name]) is not None
    ]
    parts = [name for name in names if name_words(name) and name_words(name) <= PARTS]
    if years and parts and {*certain} <= {*parts}:  # days alone are not times, nor are repeated years
        together = [*years[:1], *parts]
        raise UserError(
            f"{where}: columns {join_names(together)} are parts of the times; write them into one column, such as "
            f"2015-01-31, or {to_shell('data.drop', together)} leaves them out"
        )
    if len(certain) > 1:
        raise UserError(
            f"{where}: columns {join_names(certain)} have names of times; {to_shell('data.time', certain[0])} chooses "
            "the one that orders the rows, and data.drop leaves columns out"
        )
    if certain:
        return certain[0]
    counts = (
        len(frame) >= MIN_COUNTER_ROWS
        and counts_rows(frame[names[0]])
        and not all(counts_rows(frame[name]) for name in names)
    )
    for name in names:
        if may_be_time(frame[name], name) or (counts and name == names[0]):
            raise UserError(
                f"{where}: column {name} can be the times or one of the series; {to_shell('data.time', name)} uses it "
                f"as the times, {to_shell('data.drop', [name])} leaves it out, {to_shell('data.columns', names)} "
                "forecasts it as well"
            )
    return None


def is_time(cells: "pd.Series[Any]", name: str) -> bool:
    """Return whether a column certainly contains the times."""
    if not has_time_name(name):
        return False
    alone = name_words(name) <= WORDS
    strict = is_monotonic(cells, strictly=True)
    if strict and (is_even(cells) or (alone and as_integers(cells) is not None)):
        return True
    return (alone or strict) and parse_number_dates(cells) is not None


def may_be_time(cells: "pd.Series[Any]", name: str) -> bool:
    """Return whether a column may contain the times, judged by its name and order."""
    if not has_time_name(name):
        return False
    return is_monotonic(cells, strictly=True) or (
        name_words(name) <= WORDS and as_integers(cells) is not None and is_monotonic(cells, strictly=False)
    )


def name_words(name: str) -> set[str]:
    """Return the words of a name in lower case: order and date of order_date, orderDate, and Order date (1)."""
    return set(split_name(name))


def split_name(name: str) -> list[str]:
    """Return the words of a name in lower case and in order."""
    return re.findall(r"[^\W\d_]+", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower())


def has_time_name(name: str) -> bool:
    """Return whether the first or the last word of a name is a word for a time."""
    found = split_name(name)
    return bool(found) and (found[0] in WORDS or found[-1] in WORDS)


def as_integers(cells: "pd.Series[Any]") -> NDArray[np.int64] | None:
    """Return a column as integers, None if it has other values."""
    numbers = as_finite_numbers(cells)
    if numbers is None or (cells.dtype.kind == "f" and (numbers != np.rint(numbers)).any()):
        return None
    return cells.to_numpy().astype(np.int64)


def as_finite_numbers(cells: "pd.Series[Any]") -> NDArray[np.float64] | None:
    """Return a column as finite numbers, None if it has other or missing values."""
    if cells.dtype.kind not in "iuf" or cells.isna().any():
        return None
    numbers = cells.to_numpy(np.float64)
    return numbers if np.isfinite(numbers).all() else None


def is_monotonic(cells: "pd.Series[Any]", *, strictly: bool) -> bool:
    """Return whether numbers are increasing or decreasing, but not constant; strictly: no equal neighbours."""
    numbers = as_finite_numbers(cells)
    if numbers is None:
        return False
    steps = np.diff(numbers) * np.sign(numbers[-1] - numbers[0])
    return bool((steps > 0).all() if strictly else (steps >= 0).all() and steps.any())


def is_even(cells: "pd.Series[Any]") -> bool:
    """Return whether numbers are evenly spaced, except for rounding."""
    numbers = as_finite_numbers(cells)
    if numbers is None or numbers[0] == numbers[-1]:
        return False
    even = np.linspace(numbers[0], numbers[-1], len(numbers))
    return bool(np.abs(numbers - even).max() <= STEP_TOLERANCE * abs(even[1] - even[0]))


def counts_rows(cells: "pd.Series[Any]") -> bool:
    """Return whether integers increase or decrease by the same step from row to row."""
    return as_integers(cells) is not None and is_monotonic(cells, strictly=True) and is_even(cells)
