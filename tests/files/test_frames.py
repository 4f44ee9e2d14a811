"""Conversion of tables from Python to pandas frames; columns by name and number."""

import datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import polars
import pytest
from nnzoo.errors import UserError
from nnzoo.files.frames import (
    as_frame,
    find_column,
    is_frame,
    is_polars,
    is_unnamed,
    to_float,
    with_numbered_columns,
)

COLUMNS = {"a": [1, 2, 3], "b": ["x", "y", "z"]}


@pytest.mark.parametrize("make", [pd.DataFrame, polars.DataFrame, dict], ids=["pandas", "polars", "mapping"])
def test_as_frame_of_every_kind_of_frame(make: Any) -> None:
    value = make(COLUMNS)
    assert is_frame(value)
    frame = as_frame(value)
    assert list(frame.columns) == ["a", "b"]
    assert frame["a"].tolist() == [1, 2, 3]
    assert frame["a"].dtype.kind == "i"
    assert frame["b"].tolist() == ["x", "y", "z"]
    assert frame.index.tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    "value", [np.eye(2), [1, 2], [], [{"a": 1}, 2], "a.csv", None, pd.Series([1]), polars.Series([1])]
)
def test_is_frame_is_false_for_other_objects(value: Any) -> None:
    assert not is_frame(value)


def test_missing_cells_of_polars() -> None:
    frame = as_frame(polars.DataFrame({"n": [1, None], "t": ["x", None], "b": [True, None], "f": [0.5, None]}))
    assert frame.isna().to_numpy().tolist() == [[False] * 4, [True] * 4]
    assert to_float(frame["n"])[0] == 1


def test_is_polars_does_not_import_polars() -> None:
    assert is_polars(polars.Series([1]), "Series")
    assert not is_polars(pd.Series([1]), "Series")


def test_as_frame_strips_names_and_numbers_rows() -> None:
    given = pd.DataFrame({1: [1, 2], " b ": [3, 4]}, index=[7, 9])
    frame = as_frame(given)
    assert list(frame.columns) == ["1", "b"]
    assert frame.index.tolist() == [0, 1]
    assert (list(given.columns), list(given.index)) == ([1, " b "], [7, 9]), "what was given stays as it was"


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), "two columns are called 'a'"),
        (pd.DataFrame([[1, 2, 3]], columns=["b", "a", "a"]), "two columns are called 'a'"),
        (pd.DataFrame({1: [1], "1 ": [2]}), "two columns are called '1'"),
        ({"a": [1, 2], "b": [1]}, "the columns do not form a table: .*same length"),
        (pd.DataFrame({"a": [1 + 2j, 3]}), "column a has complex cells"),
        (pd.DataFrame({"a": [[1], [2]]}), "column a has list cells"),
        ({"a": ["x", 1.5, None, ["y"]]}, r"column a has list cells, such as \['y'\]"),
        ({"a": np.array(3), "b": 1}, "column a has ndarray cells"),
        ({"a": {1, 2}}, "column a has set cells"),
        ({"a": {0: 1}}, "column a has dict cells"),
        ({"a": [b"x", b"y"]}, "column a has bytes cells, such as b'x'"),
    ],
)
def test_invalid_frames_are_refused(value: Any, message: str) -> None:
    with pytest.raises(UserError, match=message) as caught:
        as_frame(value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("cell", ["text", 2.5, None, np.float64(2)])
def test_a_mapping_of_cells_is_a_row(cell: Any) -> None:
    frame = as_frame({"a": cell, "b": 1})
    assert len(frame) == 1
    assert frame["a"][0] == cell or cell is None


def test_cells_of_several_kinds_are_kept() -> None:
    cells = ["x", 1.5, None, True, datetime.date(2020, 1, 31)]
    assert as_frame({"a": cells, "b": 7}).to_dict("list") == {"a": cells, "b": [7] * 5}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (pd.DataFrame(np.eye(3, 2)), True),
        (pd.DataFrame(np.eye(3, 2), columns=[0, 1]), True),
        (pd.DataFrame(np.eye(3, 2), columns=[1, 0]), False),
        (pd.DataFrame(np.eye(3, 2), columns=["0", "1"]), False),
        (polars.DataFrame({"a": [1]}), False),
        (np.eye(2), False),
    ],
)
def test_frames_without_names(value: Any, *, expected: bool) -> None:
    assert is_unnamed(value) is expected


def test_with_numbered_columns() -> None:
    frame = with_numbered_columns(np.arange(6).reshape(2, 3))
    assert list(frame.columns) == ["1", "2", "3"]
    assert frame["2"].tolist() == [1, 4]
    values = np.zeros((2, 1))
    assert np.shares_memory(with_numbered_columns(values).to_numpy(), values)


NAMES = ("age", "2", "income")


@pytest.mark.parametrize(
    ("reference", "found"), [("age", "age"), (1, "age"), ("1", "age"), (3, "income"), (2, "2"), ("2", "2")]
)
def test_find_column(reference: str | int, found: str) -> None:
    """A name has priority; numbers are counted from 1."""
    assert find_column(reference, NAMES, "here") == found


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("incme", "here: unknown column 'incme'; did you mean 'income'"),
        (0, "here: there is no column 0; it has 3"),
        (-1, "here: there is no column -1; it has 3"),
        (4, "here: there is no column 4; it has 3"),
    ],
)
def test_unknown_columns_are_refused(reference: str | int, message: str) -> None:
    with pytest.raises(UserError, match=message):
        find_column(reference, NAMES, "here")


@pytest.mark.parametrize(
    "cells",
    [
        pd.Series([1, 2]),
        pd.Series([1.0, 2.0]),
        pd.Series(["1", "2"]),
        pd.Series([1, "2"], dtype=object),
        pd.Series([1, 2], dtype="Int64"),
        pd.Series([1, 2], dtype=">i4"),
    ],
)
def test_to_float(cells: "pd.Series[Any]") -> None:
    found = to_float(cells)
    assert found.tolist() == [1, 2]
    assert found.dtype == np.float64


def test_to_float_of_missing_cells() -> None:
    for cells in (pd.Series([1, None], dtype="Int64"), pd.Series([1.0, None]), pd.Series([1, None], dtype=object)):
        assert np.isnan(to_float(cells)).tolist() == [False, True]
    with pytest.raises((ValueError, TypeError)):
        to_float(pd.Series(["x"]))


def test_objects_that_are_numbers_are_converted() -> None:
    """Databases and records contain such objects; text stays text."""
    frame = as_frame(
        pd.DataFrame(
            {"a": [1, 2, None], "b": [Decimal("1.5"), Decimal(2), Decimal(3)], "c": ["1", "x", None]}, dtype=object
        )
    )
    assert [frame[name].dtype.kind for name in "ab"] == ["f", "f"]
    assert frame["b"].tolist() == [1.5, 2, 3]
    assert frame["c"].tolist()[:2] == ["1", "x"]


def test_as_frame_of_a_list_of_mappings() -> None:
    rows = [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}]
    assert is_frame(rows)
    assert as_frame(rows).to_dict("list") == {"a": [1, 2], "b": ["x", "y"]}
    assert as_frame(rows[0]).to_dict("list") == {"a": [1], "b": ["x"]}
    assert as_frame({"a": pd.Series([1, 2]), "b": np.array([3, 4])}).to_dict("list") == {"a": [1, 2], "b": [3, 4]}
