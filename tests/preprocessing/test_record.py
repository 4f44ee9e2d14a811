"""Series from frames and arrays of Python: their columns, times, and cells that cannot be used."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from nnzoo.errors import DataWarning, UserError
from nnzoo.preprocessing.record import Expected, RecordOptions, to_record

PLAIN = RecordOptions()
DAYS = pd.DatetimeIndex(["2020-01-05", "2020-01-01", "2020-01-02", "2020-01-03"])


def test_names() -> None:
    frame = to_record(pd.DataFrame({"u": [1, 5, 2], "v": [3, 1, 9]}), PLAIN)
    assert (frame.names, frame.named, frame.times, frame.left_out) == (("u", "v"), True, None, ())
    assert to_record(pd.Series([1, 5, 2], name="sales"), PLAIN).names == ("sales",)
    assert to_record(pd.Series([1, 5, 2]), PLAIN).names == ("1",)
    array = to_record(np.array([[1, 2], [5, 4], [3, 3]]), PLAIN)
    assert (array.names, array.named) == (("1", "2"), False)
    assert array.values.tolist() == [[1, 2], [5, 4], [3, 3]]


def test_truth_values_are_numbers() -> None:
    assert to_record(np.array([True, False, True]), PLAIN).values.tolist() == [[1], [0], [1]]


def test_an_array_with_the_columns_of_the_network_has_no_others() -> None:
    """The columns of the table of training were chosen from more than those."""
    chosen = RecordOptions(columns=(4, 1), drop=(3,), time=2)
    values = np.array([[1.0, 2], [5, 4], [3, 3]])
    assert to_record(values, chosen, Expected(2)).values.tolist() == values.tolist()
    with pytest.raises(UserError, match="there is no column 4"):
        to_record(values, chosen)
    wide = np.array([[1.0, 10, 0, 6], [2, 20, 0, 7], [3, 30, 0, 8]])
    assert to_record(wide, chosen, Expected(2)).values.tolist() == [[6, 1], [7, 2], [8, 3]]


def test_years_are_times_unless_they_are_one_of_the_series_of_the_network() -> None:
    frame = pd.DataFrame({"year": [2000, 2001, 2002], "v": [5.0, 1, 3]})
    assert to_record(frame, PLAIN).names == ("v",)
    assert to_record(frame, PLAIN, Expected(1)).time == "year"
    assert to_record(frame, PLAIN, Expected(2)).names == ("year", "v")


def test_rows_of_a_frame_that_is_sorted_keep_their_numbers() -> None:
    frame = pd.DataFrame({"v": [5.0, 1, 2, 3]}, index=DAYS)
    with pytest.raises(UserError, match=r"^row 1: 2020-01-05 comes after 2020-01-03, and most rows are daily: 1 time"):
        to_record(frame, RecordOptions(sort=True))
    found = to_record(frame, RecordOptions(sort=True, gaps="interpolate"))
    assert found.values[:, 0].tolist() == [1, 2, 3, 4, 5]
    assert found.times is not None
    assert found.times.texts() == [f"2020-01-0{day}" for day in range(1, 6)]
    assert to_record(frame, RecordOptions(sort=True, gaps="keep")).values[:, 0].tolist() == [1, 2, 3, 5]


def test_a_missing_time_of_the_index() -> None:
    frame = pd.DataFrame({"v": [5.0, 1, 2]}, index=pd.DatetimeIndex(["2020-01-01", None, "2020-01-03"]))
    with pytest.raises(UserError, match=r"^row 2, index: the time is missing$"):
        to_record(frame, PLAIN)


@pytest.mark.parametrize(
    ("cells", "missing", "message"),
    [
        ([None, "x", 1, 2], "refuse", "row 2, column v: 'x' is not a number; data.drop="),
        ([1.0, 2, None, 3], "refuse", "row 3, column v: the number is missing; data.missing=interpolate"),
        ([1.0, 2, np.inf, 3], "interpolate", "row 3, column v: inf is not a finite number"),
        ([None, 2.0, 1, 3], "interpolate", "row 1, column v: the first number is missing; data.missing=interpolate ne"),
        ([1.0, 2, 1, None], "interpolate", "row 4, column v: the last number is missing"),
    ],
)
def test_cells_that_cannot_be_used(cells: list[Any], missing: Any, message: str) -> None:
    with pytest.raises(UserError, match=f"^{message}"):
        to_record(pd.DataFrame({"u": [3.0, 1, 2, 5], "v": cells}), RecordOptions(missing=missing))


def test_missing_numbers_are_interpolated() -> None:
    frame = pd.DataFrame({"u": [3.0, None, None, 6], "v": [1.0, 2, None, 8]})
    assert to_record(frame, RecordOptions(missing="interpolate")).values.tolist() == [[3, 1], [4, 2], [5, 5], [6, 8]]


def test_only_columns_that_count_up_by_a_whole_number_are_reported() -> None:
    for steps in ([5, 5, 5], [1, 1.5, 2], [3, 2, 1], [1, 2, 4]):
        to_record(pd.DataFrame({"u": [3.0, 1, 2], "v": steps}), PLAIN)
    to_record(pd.DataFrame({"v": [1, 2, 3]}), PLAIN)  # alone
    to_record(pd.DataFrame({"u": [3.0, 1], "v": [1, 2]}), PLAIN)  # two rows
    for steps in ([4, 5, 6], [0, 10, 20]):
        with pytest.warns(DataWarning, match="column v increases evenly and is forecast like the others"):
            to_record(pd.DataFrame({"u": [3.0, 1, 2], "v": steps}), PLAIN)
