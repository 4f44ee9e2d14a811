"""Sorting of a series by time, and its duplicate and missing times and missing numbers.

Shapes: N rows, F features.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ..errors import UserError
from .times import DAY, Clock, Frequency, Times, infer_frequency

Place = Callable[[int], str]  # row -> its location for messages: "sales.csv, line 17"
Floats = NDArray[np.float64]


def sort_by_time(times: Times, *, sort: bool, place: Place) -> NDArray[np.int64]:
    """Return the row indices sorted by time. Raises UserError for duplicates, and unless `sort` for unsorted times."""
    rows = np.argsort(times.clock, kind="stable")
    same = times.clock[rows[1:]] == times.clock[rows[:-1]]
    if same.any():
        first, second = sorted(rows[int(same.argmax()) :][:2].tolist())
        hint = "a series has one row for each time; put several series in separate columns or files"
        if times.dates and times.zone is None and are_steps_short(times.clock[rows]):
            hint = "where clocks are turned back, write times in UTC or with their offset"
        raise UserError(f"{place(second)}: {times.text(second)} is also the time of {place(first)}; {hint}")
    falls = times.clock[1:] < times.clock[:-1]
    if falls.any() and not sort:
        if falls.all():
            raise UserError(
                f"{place(0)}: the newest time, {times.text(0)}, comes first; data.sort=true puts rows in order"
            )
        row = int(falls.argmax()) + 1
        raise UserError(
            f"{place(row)}: {times.text(row)} comes after {times.text(row - 1)}; data.sort=true puts rows in order"
        )
    return rows


def are_steps_short(clock: Clock) -> bool:
    """Return whether most dates are less than a day apart."""
    return bool(np.median(np.diff(clock).astype(np.int64)) < DAY * 10**6)


def frequency_of(clock: Clock, expected: Frequency | None) -> Frequency | None:
    """Return `expected` if the sorted times have this frequency, else the frequency of most of them."""
    if expected is None or (expected.unit == "number") != (clock.dtype.kind != "M"):
        return infer_frequency(clock)
    return expected if (expected.steps(clock) == 1).all() else infer_frequency(clock)


def check_regular(times: Times, frequency: Frequency, *, irregular_only: bool, place: Place) -> None:
    """Raise UserError if sorted times have irregular steps or, unless `irregular_only`, missing steps."""
    steps = frequency.steps(times.clock)
    irregular = (steps == 0) if irregular_only else (steps != 1)
    if not irregular.any():
        return
    row = int((steps == 0).argmax() if (steps == 0).any() else irregular.argmax())
    found = f"{place(row + 1)}: {times.text(row + 1)} comes after {times.text(row)}, and most rows are {frequency}"
    if not times.dates:
        found += " (for dates written as numbers, set data.date_format to the form, such as %Y%m)"
    keep = "data.gaps=keep takes rows as if they were"
    if steps[row] == 0:
        raise UserError(f"{found}; {keep} evenly spaced")
    gap, gaps = int(steps[row]) - 1, int((steps > 1).sum())
    more = f", and {gaps - 1} more gaps follow" if gaps > 1 else ""
    raise UserError(
        f"{found}: {gap} {'time is' if gap == 1 else 'times are'} missing{more}; "
        f"data.gaps=interpolate fills them in, {keep} neighbours"
    )


def fill_times(times: Times, frequency: Frequency, values: Floats) -> tuple[Times, Floats]:
    """Return times without gaps, and values that are NaN in the new rows."""
    places = np.append(0, frequency.steps(times.clock).cumsum())
    clock = np.append(times.clock[:1], frequency.following(times.clock[0], int(places[-1])))
    clock[places] = times.clock
    filled = np.full((len(clock), values.shape[1]), np.nan)
    filled[places] = values
    return Times(clock, times.zone), filled


def interpolate(values: Floats) -> Floats:
    """Replace NaN in values (N, F) by linear interpolation. The first and last row must not have NaN."""
    rows = np.arange(len(values))
    known = ~np.isnan(values)
    return np.column_stack([np.interp(rows, rows[k], v[k]) for k, v in zip(known.T, values.T, strict=True)])
