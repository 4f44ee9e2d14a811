"""Times that are written as numbers: columns that are called like a time or count, and dates in digits.

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
LEAST, MOST = 10**8, 4_102_444_800  # seconds since 1970: in 1973, so that counters are not taken for dates, and 2100
EVEN = 0.01  # of a step: rounded decimals, as of 1949.083, 1949.167
FEWEST = 3  # rows that show an order
COUNTED = 5  # rows of a column that counts by no accident


class NumberDates(NamedTuple):
    """Dates of the rows, and the format in which their digits are, None if the numbers tell by themselves."""

    dates: "pd.DatetimeIndex"
    date_format: str | None = None


def number_dates(cells: "pd.Series[Any]") -> NumberDates | None:
    """Return whole numbers as dates: digits such as 20150131 or 201501, or Unix time; None if a row is none.

    Unless there are eight digits, years are 1900 to 2100; Unix time is in seconds to nanoseconds, from 1973 to 2100.
    """
    import pandas as pd

    numbers = whole(cells)
    if numbers is None:
        return None
    low, high = int(numbers.min()), int(numbers.max())
    form = FORMS.get(len(str(low))) if low > 0 and len(str(low)) == len(str(high)) else None
    if form == ISO or (form is not None and str(low)[:4] >= "1900" and str(high)[:4] <= "2100"):
        dates = parse(pd.Series(numbers.astype(str)), form)
        if dates is not None:
            return NumberDates(dates, None if form == ISO else form)
    for unit, size in UNIX.items():
        if LEAST * size <= low and high < MOST * size:
            return NumberDates(pd.DatetimeIndex(numbers.astype(f"datetime64[{unit}]")))
    return None


def find_numbers(frame: "pd.DataFrame", names: Sequence[str], where: str) -> str | None:
    """Return the only column among `names` that is certain to tell the times by numbers, None if there is none.

    It is called like a time and holds dates, or rises or falls all the way. Raises UserError if there are several,
    for columns that tell parts of dates, and for those that may be times: called like one, or a first one that counts.
    """
    if len(names) < 2 or len(frame) < FEWEST:
        return None
    certain = [name for name in names if is_time(frame[name], name)]
    years = [name for name in names if words(name) and words(name) <= YEARS and whole(frame[name]) is not None]
    parts = [name for name in names if words(name) and words(name) <= PARTS]
    if years and parts and {*certain} <= {*parts}:  # days alone do not tell the times, nor do years that come twice
        together = [*years[:1], *parts]
        raise UserError(
            f"{where}: columns {join_names(together)} tell the times together; write them into one column, such as "
            f"2015-01-31, or {to_shell('data.drop', together)} leaves them out"
        )
    if len(certain) > 1:
        raise UserError(
            f"{where}: columns {join_names(certain)} are called like times; {to_shell('data.time', certain[0])} says "
            "which of them orders the rows, and data.drop leaves columns out"
        )
    if certain:
        return certain[0]
    counts = (
        len(frame) >= COUNTED and counts_rows(frame[names[0]]) and not all(counts_rows(frame[name]) for name in names)
    )
    for name in names:
        if may_be_time(frame[name], name) or (counts and name == names[0]):
            raise UserError(
                f"{where}: column {name} may be the times or one of the series; {to_shell('data.time', name)} takes it "
                f"for the times, {to_shell('data.drop', [name])} leaves it out, {to_shell('data.columns', names)} "
                "forecasts it, too"
            )
    return None


def is_time(cells: "pd.Series[Any]", name: str) -> bool:
    """Tell whether a column is certain to be the times."""
    if not called_like_time(name):
        return False
    alone = words(name) <= WORDS
    strict = rises(cells, strictly=True)
    if strict and (is_even(cells) or (alone and whole(cells) is not None)):
        return True
    return (alone or strict) and number_dates(cells) is not None


def may_be_time(cells: "pd.Series[Any]", name: str) -> bool:
    """Tell whether a column that is not certain to be the times may be: for its name, and its order."""
    if not called_like_time(name):
        return False
    return rises(cells, strictly=True) or (
        words(name) <= WORDS and whole(cells) is not None and rises(cells, strictly=False)
    )


def words(name: str) -> set[str]:
    """Return the words of a name in lower case: order and date of order_date, orderDate, and Order date (1)."""
    return set(in_order(name))


def in_order(name: str) -> list[str]:
    """Return the words of a name in lower case, from the first to the last."""
    return re.findall(r"[^\W\d_]+", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower())


def called_like_time(name: str) -> bool:
    """Tell whether the first or the last word of a name is a word for a time."""
    found = in_order(name)
    return bool(found) and (found[0] in WORDS or found[-1] in WORDS)


def whole(cells: "pd.Series[Any]") -> NDArray[np.int64] | None:
    """Return a column of whole numbers, None if it is none."""
    numbers = finite(cells)
    if numbers is None or (cells.dtype.kind == "f" and (numbers != np.rint(numbers)).any()):
        return None
    return cells.to_numpy().astype(np.int64)


def finite(cells: "pd.Series[Any]") -> NDArray[np.float64] | None:
    """Return a column of numbers, None if it is none or if some are missing."""
    if cells.dtype.kind not in "iuf" or cells.isna().any():
        return None
    numbers = cells.to_numpy(np.float64)
    return numbers if np.isfinite(numbers).all() else None


def rises(cells: "pd.Series[Any]", *, strictly: bool) -> bool:
    """Tell whether numbers rise all the way, or fall all the way; unless `strictly`, some may be equal, not all."""
    numbers = finite(cells)
    if numbers is None:
        return False
    steps = np.diff(numbers) * np.sign(numbers[-1] - numbers[0])
    return bool((steps > 0).all() if strictly else (steps >= 0).all() and steps.any())


def is_even(cells: "pd.Series[Any]") -> bool:
    """Tell whether numbers are evenly spaced, but for rounding."""
    numbers = finite(cells)
    if numbers is None or numbers[0] == numbers[-1]:
        return False
    even = np.linspace(numbers[0], numbers[-1], len(numbers))
    return bool(np.abs(numbers - even).max() <= EVEN * abs(even[1] - even[0]))


def counts_rows(cells: "pd.Series[Any]") -> bool:
    """Tell whether whole numbers rise or fall by the same step from row to row."""
    return whole(cells) is not None and rises(cells, strictly=True) and is_even(cells)
