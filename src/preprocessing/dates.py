"""Dates in text: the format that all rows keep to.

Shapes: N rows.
"""

from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from .times import DAY, most_common, stamps

if TYPE_CHECKING:
    import pandas as pd

ISO = "ISO8601"  # as pandas calls it
YEAR_FIRST = r"\d{4}\D.*|\d{8}(\D.*)?"
WORDS = ("now", "today", "Now", "Today", "NOW", "TODAY")  # dates for pandas, in every format
QUARTERS = "YYYYQn"
QUARTER = r"\d{4}[- ]?[Qq][1-4]"
OFFSET = r"\s*(Z|[+-]\d\d(:?\d\d)?)$"
SAMPLE = 50  # rows on which a format is tried before it is tried on all


def formats() -> list[str]:
    """Return the formats besides ISO 8601 that are tried, days before months and months before days alike."""
    orders = ["%d/%m/%Y", "%m/%d/%Y", "%Y/%m/%d", "%d/%m/%y", "%m/%d/%y", "%y/%m/%d", "%m/%Y"]
    numbers = [order.replace("/", separator) for order, separator in product(orders, "/.-")]
    months = ["%d-%b-%Y", "%d-%b-%y", "%b-%Y", "%b-%y", "%Y-%b"]
    named = [order.replace("-", separator) for order, separator in product(months, "- /")] + ["%b %d, %Y", "%b %d %Y"]
    named += [order.replace("%b", "%B") for order in named]
    hours = ["", " %H:%M", " %H:%M:%S", " %H:%M:%S.%f", " %I:%M %p", " %I:%M:%S %p"]
    return [date + hour for date, hour in product(numbers + named, hours)]


def fitting(texts: "pd.Series[str]") -> "dict[str, pd.DatetimeIndex]":
    """Return the dates by each format in which all rows are dates, one of each set of formats that mean the same."""
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
    """Return the dates, None if a row is none by this format; offsets that vary as in `with_offsets`."""
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
    """Return dates whose offsets from UTC vary: in UTC, or without zone if most are a day or more apart."""
    import pandas as pd

    try:
        dates = pd.DatetimeIndex(pd.to_datetime(texts, format=shape, utc=True))
    except ValueError:
        return None
    if dates.hasnans:
        return None
    if shape == ISO and len(dates) > 1:
        local = pd.DatetimeIndex(pd.to_datetime(texts.str.replace(OFFSET, "", regex=True), format=ISO))
        if most_common(np.abs(np.diff(stamps(local)).astype(np.int64))) >= DAY * 10**6:
            return local
    return dates


def first_misfit(texts: "pd.Series[str]", shape: str | None) -> int:
    """Return the first row that is no date by a format, by default by the one that goes on longest."""
    shapes = [ISO, QUARTERS, *formats()] if shape is None else [shape]
    good = 0
    for each in shapes:
        if parse(texts.iloc[good : good + 1], each) is None:
            continue
        high = len(texts)  # rows below `good` may still fail by this format: bisect from the start
        low = 0
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if parse(texts.head(middle), each) is not None else (low, middle - 1)
        good = max(good, low)
    return good
