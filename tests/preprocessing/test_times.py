import numpy as np
import pandas as pd
import pytest
from nnzoo.preprocessing.dates import ISO, first_invalid, matching_formats
from nnzoo.preprocessing.times import Times, from_index, infer_frequency, to_microseconds


def dates(*texts):
    return Times(to_microseconds(pd.DatetimeIndex(texts)))


@pytest.mark.parametrize(
    ("alias", "name", "first", "following"),
    [
        ("D", "daily", "2020-12-25", ["2020-12-31", "2021-01-01"]),
        ("B", "on business days", "2020-12-24", ["2021-01-01", "2021-01-04"]),
        ("W-SUN", "weekly", "2020-11-22", ["2021-01-03", "2021-01-10"]),
        ("MS", "monthly", "2020-07-01", ["2021-01-01", "2021-02-01"]),
        ("ME", "monthly", "2020-08-31", ["2021-02-28", "2021-03-31"]),
        ("QE-DEC", "quarterly", "2019-09-30", ["2021-03-31", "2021-06-30"]),
        ("QS-OCT", "quarterly", "2019-10-01", ["2021-04-01", "2021-07-01"]),
        ("YS-JAN", "yearly", "2015-01-01", ["2021-01-01", "2022-01-01"]),
        ("BME", "by the calendar (1BME)", "2020-07-31", ["2021-01-29", "2021-02-26"]),
        ("WOM-3FRI", "by the calendar (WOM-3FRI)", "2020-07-17", ["2021-01-15", "2021-02-19"]),
        ("15min", "every 15 minutes", "2020-12-31T22:30", ["2021-01-01T00:00:00", "2021-01-01T00:15:00"]),
    ],
)
def test_frequency_continues_beyond_the_end_of_the_year(alias, name, first, following):
    index = pd.date_range(first, periods=6, freq=alias)
    times = from_index(index)
    frequency = infer_frequency(times.clock)
    assert str(frequency) == name
    assert frequency.steps(times.clock).tolist() == [1] * 5
    assert times.continued(frequency, 2).texts()[6:] == following
    oracle = pd.date_range(first, periods=40, freq=alias)
    assert np.array_equal(times.continued(frequency, 34).clock, to_microseconds(oracle))


@pytest.mark.parametrize(
    ("texts", "following"),
    [
        (["2020-10-15", "2020-11-15", "2020-12-15"], ["2021-01-15", "2021-02-15"]),
        (["2020-10-30", "2020-11-30", "2020-12-30"], ["2021-01-30", "2021-02-28", "2021-03-30"]),
        (["2020-01-31", "2020-02-29", "2020-03-31"], ["2020-04-30"]),
        (["2018-02-28", "2019-02-28"], ["2020-02-29"]),  # ends of February
    ],
)
def test_days_of_the_month(texts, following):
    times = dates(*texts)
    frequency = infer_frequency(times.clock)
    assert frequency.unit == "month"
    assert times.continued(frequency, len(following)).texts()[len(texts) :] == following


@pytest.mark.parametrize(
    ("numbers", "name", "steps", "following"),
    [
        ([1949, 1950, 1951], "in steps of 1", [1, 1], [1952, 1953]),
        ([0.1, 0.2, 0.3, 0.4], "in steps of 0.1", [1, 1, 1], [0.5, 0.6]),
        ([0, 10, 20, 50], "in steps of 10", [1, 1, 3], [60, 70]),
        ([0.333, 0.667, 1.0, 1.333], "in steps of 0.333333", [1, 1, 1], [1.666333333, 1.999666667]),
    ],
)
def test_numbers(numbers, name, steps, following):
    times = Times(np.array(numbers, dtype=float))
    frequency = infer_frequency(times.clock)
    assert str(frequency) == name
    assert frequency.steps(times.clock).tolist() == steps
    assert times.continued(frequency, 2).texts()[len(numbers) :] == following


@pytest.mark.parametrize(
    ("texts", "steps"),
    [
        (["2020-01-01", "2020-01-02", "2020-01-04", "2020-01-05"], [1, 2, 1]),
        (["2020-01-02", "2020-01-03", "2020-01-06", "2020-01-08"], [1, 1, 2]),  # business days
        (["2020-01-31", "2020-02-29", "2020-05-31", "2020-06-30"], [1, 3, 1]),
        (["2020-01-01T00:00", "2020-01-01T01:00", "2020-01-01T02:00", "2020-01-01T02:40"], [1, 1, 0]),
    ],
)
def test_steps_are_0_if_they_are_not_integers(texts, steps):
    clock = dates(*texts).clock
    assert infer_frequency(clock).steps(clock).tolist() == steps


def test_every_four_weeks_is_no_frequency_in_months():
    times = dates(*["2020-01-06", "2020-02-03", "2020-03-02", "2020-03-30"])
    assert len(times) == 4
    frequency = infer_frequency(times.clock)
    assert str(frequency) == "every 4 weeks"
    assert times.continued(frequency, 1).texts()[4:] == ["2020-04-27"]


def test_the_step_of_small_rounded_numbers_is_their_mean():
    frequency = infer_frequency(np.array([0.333, 0.667, 1.0, 1.333]) * 1e-8)
    assert frequency.step == pytest.approx(1e-8 / 3, rel=1e-9)
    assert infer_frequency(np.array([0.1, 0.2, 0.3])).step == 0.1  # not the mean, which has an error of rounding


def test_one_time_is_written_like_all_times():
    times = dates("2020-01-01T06:00", "2020-01-02", "2020-01-03")
    assert [times.text(row) for row in range(3)] == times.texts()
    assert times.texts()[1] == "2020-01-02T00:00:00"
    later = dates("2020-01-01", "2020-01-02", "2020-01-03T06:00")
    assert later.text(1) == "2020-01-02T00:00:00"
    assert dates("2020-01-01", "2020-01-02").text(1) == "2020-01-02"


def test_daylight_saving_time():
    hours = from_index(pd.date_range("2020-03-28 23:00", periods=4, freq="h", tz="Europe/Berlin"))
    assert hours.texts()[2:] == ["2020-03-29T01:00:00+01:00", "2020-03-29T03:00:00+02:00"]
    assert str(infer_frequency(hours.clock)) == "hourly"
    days = from_index(pd.date_range("2020-03-27", periods=4, freq="D", tz="Europe/Berlin"))
    assert str(infer_frequency(days.clock)) == "daily"
    assert days.continued(infer_frequency(days.clock), 1).texts()[-2:] == ["2020-03-30", "2020-03-31"]


@pytest.mark.parametrize(
    ("texts", "formats", "first"),
    [
        (["2020-01-02", "2020-01-03"], [ISO], "2020-01-02"),
        (["2020-01", "2020-02"], [ISO], "2020-01-01"),
        (["2020-01-02T10:00Z"], [ISO], "2020-01-02 10:00+00:00"),
        (["2020-03-28T00:00+01:00", "2020-03-30T00:00+02:00"], [ISO], "2020-03-28"),  # local days
        (["2020-03-29T01:00+01:00", "2020-03-29T03:00+02:00"], [ISO], "2020-03-29 00:00+00:00"),  # hours in UTC
        (["2020Q2", "2020-Q3"], ["YYYYQn"], "2020-04-01"),
        (["2020 Q4", "2021 Q1"], ["YYYYQn"], "2020-10-01"),
        (["03/04/2020", "04/04/2020"], ["%d/%m/%Y", "%m/%d/%Y"], "2020-04-03"),
        (["03/04/2020", "13/04/2020"], ["%d/%m/%Y"], "2020-04-03"),
        (["03/04/2020", "03/14/2020"], ["%m/%d/%Y"], "2020-03-04"),
        (["04.04.2020", "04.04.2020"], ["%d.%m.%Y"], "2020-04-04"),  # the same either way
        (["13.4.2020 10:00"], ["%d.%m.%Y %H:%M"], "2020-04-13 10:00"),
        (["Jan 2020", "Feb 2020"], ["%b %Y"], "2020-01-01"),
        (["5 May 2020"], ["%d %b %Y"], "2020-05-05"),
        (["January 5, 2020 10:00 PM"], ["%B %d, %Y %I:%M %p"], "2020-01-05 22:00"),
        (["now", "today"], [], None),
        (["1-01", "1-02"], [], None),
        (["12:30", "12:31"], [], None),
        (["red", "blue"], [], None),
    ],
)
def test_formats_of_dates(texts, formats, first):
    column = pd.Series(texts)
    found = matching_formats(column)
    assert list(found) == formats
    if formats:
        assert found[formats[0]][0] == pd.Timestamp(first)


def test_first_invalid():
    assert first_invalid(pd.Series(["2020-01-01"] * 70 + ["2020-13-01", "2020-01-02"]), None) == 70
    assert first_invalid(pd.Series(["13/01/2020", "14/01/2020", "01/15/2020"]), None) == 2
    assert first_invalid(pd.Series(["13/01/2020", "2020-01-14"]), "%d/%m/%Y") == 1
