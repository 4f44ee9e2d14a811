"""The times of a series: dates or numbers, their frequency, and their continuation.

Shapes: N rows.
"""

from dataclasses import dataclass, replace
from datetime import tzinfo
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

Clock = NDArray[Any]  # float64 for numbers, datetime64[us] for dates
Ints = NDArray[np.int64]

DAY = 86400
TOLERANCE = 0.01  # of a step, for rounded decimals and small delays
SPANS = {1: "every second", 60: "every minute", 3600: "hourly", DAY: "daily", 7 * DAY: "weekly"}
MONTHS = {1: "monthly", 3: "quarterly", 12: "yearly"}


@dataclass(frozen=True)
class Frequency:
    """The step between rows: `step` units.

    unit: "number" and "second" take any step above 0, "month" and "business day" integers, "calendar" uses the pandas
    alias in `alias`. day: day of the month, 31 for its last day.
    """

    unit: Literal["number", "second", "business day", "month", "calendar"]
    step: float = 1
    day: int = 0
    alias: str = ""

    def __str__(self) -> str:
        match self.unit:
            case "number":
                return f"in steps of {self.step:g}"
            case "second":
                return SPANS.get(int(self.step), f"every {self.span()}") if self.step >= 1 else f"every {self.step:g} s"
            case "business day":
                return "on business days"
            case "month":
                return MONTHS.get(int(self.step), f"every {self.step:g} months")
            case "calendar":
                return f"by the calendar ({self.alias})"

    def span(self) -> str:
        """Return the step in seconds as text, in the largest unit that divides it."""
        for size, name in [(7 * DAY, "weeks"), (DAY, "days"), (3600, "hours"), (60, "minutes")]:
            if self.step % size == 0:
                return f"{self.step / size:g} {name}"
        return f"{self.step:g} s"

    def steps(self, clock: Clock) -> Ints:
        """Return the number of steps from each row to the next, (N - 1,); 0 if it is not an integer."""
        match self.unit:
            case "number":
                ratio = np.diff(clock) / self.step
            case "second":
                ratio = np.diff(clock).astype(np.int64) / (self.step * 1e6)
            case "business day":
                days = clock.astype("datetime64[D]")
                fits = np.is_busday(days)
                return np.busday_count(days[:-1], days[1:]) * (fits[:-1] & fits[1:])
            case "month":
                month = clock.astype("datetime64[M]")
                fits = clock.astype("datetime64[D]") == on_day(month, self.day)
                ratio = np.diff(month.astype(np.int64)) / self.step * (fits[:-1] & fits[1:])
            case "calendar":
                import pandas as pd

                grid = to_microseconds(pd.date_range(clock[0], clock[-1], freq=self.alias))
                places = np.searchsorted(grid, clock)
                fits = np.append(grid, clock[-1:] + 1)[places] == clock
                return np.diff(places) * (fits[:-1] & fits[1:])
        whole = np.rint(ratio).astype(np.int64)
        return np.where(np.abs(ratio - whole) <= TOLERANCE * whole, whole, 0)

    def following(self, last: Any, n: int) -> Clock:
        """Return the next `n` times after `last`."""
        counts = np.arange(1, n + 1)
        match self.unit:
            case "number":
                return np.asarray((last + counts * self.step).round(decimals(self.step)))
            case "second":
                return np.asarray(last + np.rint(counts * self.step * 1e6).astype("timedelta64[us]"))
            case "business day":
                day = last.astype("datetime64[D]")
                return np.busday_offset(day, counts).astype("datetime64[us]") + (last - day)
            case "month":
                day = last.astype("datetime64[D]")
                dates = on_day(last.astype("datetime64[M]") + counts * int(self.step), self.day)
                return np.asarray(dates.astype("datetime64[us]") + (last - day))
            case "calendar":
                import pandas as pd

                return to_microseconds(pd.date_range(pd.Timestamp(last), periods=n + 1, freq=self.alias))[1:]


@dataclass(frozen=True)
class Times:
    """The sorted times of N rows.

    clock: numbers, or dates in local time; in UTC if `zone` is given, since the offset from UTC varies and the steps
    are shorter than a day.
    """

    clock: Clock
    zone: tzinfo | None = None

    def __len__(self) -> int:
        return len(self.clock)

    @property
    def dates(self) -> bool:
        """Whether the times are dates rather than numbers."""
        return self.clock.dtype.kind == "M"

    def texts(self) -> list[str | int | float]:
        """Return dates in ISO 8601, without the time of day if all are at midnight; numbers unchanged."""
        if not self.dates:
            whole = bool((self.clock == np.rint(self.clock)).all())
            return (self.clock.astype(np.int64) if whole else self.clock).tolist()
        if self.zone is not None:
            return [stamp.isoformat() for stamp in self.aware()]
        for unit in ("D", "s"):
            short = self.clock.astype(f"datetime64[{unit}]")
            if (short == self.clock).all():
                return np.datetime_as_string(short).tolist()
        return np.datetime_as_string(self.clock).tolist()

    def text(self, row: int) -> str:
        """Return one time as text, in the same format as all times."""
        wanted = Times(self.clock[[row, 0, -1]], self.zone)  # several times show whether the time of day is needed
        return str(wanted.texts()[0])

    def aware(self) -> "pd.DatetimeIndex":
        """Return the dates in their time zone; the clock is in UTC."""
        import pandas as pd

        return pd.DatetimeIndex(self.clock).tz_localize("UTC").tz_convert(self.zone)

    def continued(self, frequency: Frequency, n: int) -> "Times":
        """Return the times followed by `n` further times."""
        return Times(np.concatenate([self.clock, frequency.following(self.clock[-1], n)]), self.zone)


def from_index(index: "pd.DatetimeIndex") -> Times:
    """Return the times of dates with or without time zone.

    Dates with a zone that are at least a day apart are kept in local time, in which each day begins at midnight; those
    less than a day apart are converted to UTC, in which no hour is missing or repeated.
    """
    if index.tz is None:
        return Times(to_microseconds(index))
    local = to_microseconds(index.tz_localize(None))
    if len(local) < 2 or most_common(np.abs(np.diff(local).astype(np.int64))) >= DAY * 10**6:
        return Times(local)
    return Times(to_microseconds(index.tz_convert("UTC").tz_localize(None)), index.tz)


def to_microseconds(index: "pd.DatetimeIndex") -> Clock:
    """Return dates without time zone in microseconds."""
    return index.to_numpy().astype("datetime64[us]")


def most_common(values: NDArray[np.generic]) -> float:
    """Return the most frequent value, the smallest of several."""
    found, counts = np.unique(values, return_counts=True)
    return float(found[counts.argmax()])


def on_day(month: Clock, day: int) -> Clock:
    """Return a day of each month, the last day if the month is shorter."""
    first = month.astype("datetime64[D]")
    length = ((month + 1).astype("datetime64[D]") - first).astype(np.int64)
    return np.asarray(first + np.minimum(day, length) - 1)


def infer_frequency(clock: Clock) -> Frequency | None:
    """Return the frequency of most rows, None for fewer than two rows. The times must be increasing."""
    if len(clock) < 2:
        return None
    differences = np.diff(clock)
    if clock.dtype.kind != "M":
        step = most_common(differences.round(decimals(float(differences.max()))))
        return refine_step(Frequency("number", step or float(np.median(differences))), clock)
    span = most_common(differences.astype(np.int64)) / 1e6
    days = clock.astype("datetime64[D]")
    if (clock - days == clock[0] - days[0]).all():  # at the same time of day
        if differences.min() >= np.timedelta64(28, "D") and (monthly := infer_months(clock, days)) is not None:
            return monthly
        week = (days[[0, -1]].astype(np.int64) + 3) // 7  # weeks begin on Monday; day 0 was a Thursday
        if span == DAY and week[0] < week[1] and np.is_busday(days).all():
            return Frequency("business day")
    return refine_step(Frequency("second", span), clock)


def infer_months(clock: Clock, days: Clock) -> Frequency | None:
    """Return a frequency in months: on a day of the month, at its end, or by a calendar of pandas, else None."""
    import pandas as pd

    month = clock.astype("datetime64[M]")
    step = most_common(np.diff(month.astype(np.int64)))
    day = int((days - month.astype("datetime64[D]")).astype(np.int64).max()) + 1
    for each in (31, day):
        if step and (days == on_day(month, each)).all():
            return Frequency("month", step, each)
    weekday = pd.Timestamp(clock[0]).day_name()[:3].upper()
    week = (pd.Timestamp(clock[0]).day - 1) // 7 + 1
    for alias in (f"{step:.0f}BMS", f"{step:.0f}BME", f"WOM-{week}{weekday}"):
        if step and not alias.startswith("WOM-5"):
            dates = pd.date_range(pd.Timestamp(clock[0]), periods=len(clock), freq=alias)
            if np.array_equal(to_microseconds(dates), clock):
                return Frequency("calendar", alias=alias)
    return None


def refine_step(frequency: Frequency, clock: Clock) -> Frequency:
    """Return the frequency with the mean step if all steps are equal except for rounding, as in 0.333, 0.667, 1."""
    steps = frequency.steps(clock)
    if not steps.all():
        return frequency
    unit = 1 if frequency.unit == "number" else 1e6
    step = float((clock[-1] - clock[0]).astype(np.float64)) / unit / int(steps.sum())
    return frequency if np.isclose(step, frequency.step, rtol=1e-9, atol=0) else replace(frequency, step=step)


def decimals(size: float) -> int:
    """Return the number of decimals that gives a number of this size nine significant digits."""
    return 9 - int(np.ceil(np.log10(size)))
