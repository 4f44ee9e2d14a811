"""Parsing of dates in text and detection of their format.

Shapes: N rows.
"""

from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from .times import DAY, most_common, to_microseconds

if TYPE_CHECKING:
    import pandas as pd

ISO = "ISO8601"  # its name in pandas
YEAR_FIRST = r"\d{4}\D.*|\d{8}(\D.*)?"
WORDS = ("now", "today", "Now", "Today", "NOW", "TODAY")  # pandas parses these as dates in every format
QUARTERS = "YYYYQn"
QUARTER = r"\d{4}[- ]?[Qq][1-4]"
OFFSET = r"\s*(Z|[+-]\d\d(:?\d\d)?)$"
SAMPLE = 50  # rows on which a format is tried first


def formats() -> list[str]:
    """Return the formats that are tried after ISO 8601, with the day or the month first."""
    orders = ["%d/%m/%Y", "%m/%d/%Y", "%Y/%m/%d", "%d/%m/%y", "%m/%d/%y", "%y/%m/%d", "%m/%Y"]
    numbers = [order.replace("/", separator) for order, separator in product(orders, "/.-")]
    months = ["%d-%b-%Y", "%d-%b-%y", "%b-%Y", "%b-%y", "%Y-%b"]
    named = [order.replace("-", separator) for order, separator in product(months, "- /")] + ["%b %d, %Y", "%b %d %Y"]
    named += [order.replace("%b", "%B") for order in named]
    hours = ["", " %H:%M", " %H:%M:%S", " %H:%M:%S.%f", " %I:%M %p", " %I:%M:%S %p"]
    return [date + hour for date, hour in product(numbers + named, hours)]


def matching_formats(texts: "pd.Series[str]") -> "dict[str, pd.DatetimeIndex]":
    """Return format -> dates for the formats that parse all rows; of formats with equal dates, only the first."""
    dates = parse(texts, ISO)
    if dates is not None:
        return {ISO: dates}
    found: dict[str, pd.DatetimeIndex] = {}
    for shape in [QUARTERS, *formats()]:
        if parse(texts.head(SAMPLE), shape) is None:
            continue
        dates = parse(texts, shape)
        if dates is not None and not any(dates.equals(other) for other in found.values()):
            found[shape] = dates
    return found


def parse(texts: "pd.Series[str]", shape: str) -> "pd.DatetimeIndex | None":
    """Return the dates, None if a row is not a date in this format; dates with varying offsets: see `with_offsets`."""
    import pandas as pd

    if shape == QUARTERS:
        if not texts.str.fullmatch(QUARTER).all():
            return None
        return pd.PeriodIndex(texts.str.replace(r"[- ]", "", regex=True), freq="Q").to_timestamp()
    if shape == ISO and not texts.head(SAMPLE).str.fullmatch(YEAR_FIRST).all():
        return None
    if texts.isin(WORDS).any():
        return None
    try:
        dates = pd.DatetimeIndex(pd.to_datetime(texts, format=shape))
    except ValueError:
        return with_offsets(texts, shape)
    return None if dates.hasnans else dates


def with_offsets(texts: "pd.Series[str]", shape: str) -> "pd.DatetimeIndex | None":
    """Return dates with varying offsets from UTC: in UTC, or in local time if most are at least a day apart."""
    import pandas as pd

    try:
        dates = pd.DatetimeIndex(pd.to_datetime(texts, format=shape, utc=True))
    except ValueError:
        return None
    if dates.hasnans:
        return None
    if shape == ISO and len(dates) > 1:
        local = pd.DatetimeIndex(pd.to_datetime(texts.str.replace(OFFSET, "", regex=True), format=ISO))
        if most_common(np.abs(np.diff(to_microseconds(local)).astype(np.int64))) >= DAY * 10**6:
            return local
    return dates


def first_invalid(texts: "pd.Series[str]", shape: str | None) -> int:
    """Return the first row that is not a date in a format, by default in the format that parses the most rows."""
    shapes = [ISO, QUARTERS, *formats()] if shape is None else [shape]
    good = 0
    for each in shapes:
        if parse(texts.iloc[good : good + 1], each) is None:
            continue
        high = len(texts)  # bisect from the start: rows before `good` may be invalid in this format
        low = 0
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if parse(texts.head(middle), each) is not None else (low, middle - 1)
        good = max(good, low)
    return good
