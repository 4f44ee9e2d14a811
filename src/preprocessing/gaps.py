"""A series in order of time: doubled and missing times, missing numbers.

Shapes: N rows, F features.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ..errors import UserError
from .times import DAY, Clock, Frequency, Times, infer

Place = Callable[[int], str]  # where a row is, in words: "sales.csv, line 17"
Floats = NDArray[np.float64]


def order(times: Times, *, sort: bool, place: Place) -> NDArray[np.int64]:
    """Return the rows in order of time. Raises UserError for times that come twice, and for disorder unless `sort`."""
    rows = np.argsort(times.clock, kind="stable")
    same = times.clock[rows[1:]] == times.clock[rows[:-1]]
    if same.any():
        first, second = sorted(rows[int(same.argmax()) :][:2].tolist())
        hint = "a series has one row for each time; put several series in columns or files of their own"
        if times.dates and times.zone is None and short_steps(times.clock[rows]):
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


def short_steps(clock: Clock) -> bool:
    """Tell whether most dates are less than a day apart."""
    return bool(np.median(np.diff(clock).astype(np.int64)) < DAY * 10**6)


def frequency_of(clock: Clock, expected: Frequency | None) -> Frequency | None:
    """Return `expected` if the rising times keep to it, else what most of them keep to."""
    if expected is None or (expected.unit == "number") != (clock.dtype.kind != "M"):
        return infer(clock)
    return expected if (expected.steps(clock) == 1).all() else infer(clock)


def check_regular(times: Times, frequency: Frequency, *, irregular_only: bool, place: Place) -> None:
    """Raise UserError where the rising times leave out steps, or, in any case, where steps are not whole."""
    steps = frequency.steps(times.clock)
    odd = (steps == 0) if irregular_only else (steps != 1)
    if not odd.any():
        return
    row = int((steps == 0).argmax() if (steps == 0).any() else odd.argmax())
    found = f"{place(row + 1)}: {times.text(row + 1)} comes after {times.text(row)}, and most rows are {frequency}"
    if not times.dates:
        found += " (of dates written as numbers, data.date_format tells the form, such as %Y%m)"
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
    """Return times without gaps, and values that are NaN where there was no row."""
    places = np.append(0, frequency.steps(times.clock).cumsum())
    clock = np.append(times.clock[:1], frequency.following(times.clock[0], int(places[-1])))
    clock[places] = times.clock
    filled = np.full((len(clock), values.shape[1]), np.nan)
    filled[places] = values
    return Times(clock, times.zone), filled


def interpolate(values: Floats) -> Floats:
    """Return values (N, F) with straight lines in place of NaN. The first and last row must be numbers."""
    rows = np.arange(len(values))
    known = ~np.isnan(values)
    return np.column_stack([np.interp(rows, rows[k], v[k]) for k, v in zip(known.T, values.T, strict=True)])
