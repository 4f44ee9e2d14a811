"""Encoded columns, compared with the transformers of scikit-learn; unsuitable cells."""

import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
from nnzoo.errors import UserError
from nnzoo.preprocessing import columns
from nnzoo.preprocessing.columns import (
    CategoryColumn,
    Misfit,
    NumberColumn,
    column_from_dict,
    factorize_texts,
    fit_categories,
    fit_numbers,
    to_text,
)
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import OneHotEncoder, StandardScaler

rng = np.random.default_rng(0)
ORDER = rng.permutation(30)
TRAIN = 20
NAN = float("nan")


def numbers(cells: Any, *, standardize: bool = True, missing: Any = "refuse", train: int = TRAIN) -> Any:
    series = pd.Series(cells)
    order = ORDER if len(series) == len(ORDER) else np.arange(len(series))
    return fit_numbers("n", series, order, train, standardize=standardize, missing=missing)


def categories(cells: Any, *, named: bool = False, missing: Any = "refuse", train: int = TRAIN) -> Any:
    series = pd.Series(cells)
    order = ORDER if len(series) == len(ORDER) else np.arange(len(series))
    return fit_categories("c", series, order, train, named=named, missing=missing)


def one_hot(column: CategoryColumn, places: Any) -> "np.ndarray[Any, Any]":
    found = np.full((len(places), column.width), 7, dtype=np.float32)
    column.write(places, found)
    return found


# Numbers


@pytest.mark.parametrize("dtype", ["float64", "float32", "int64", "uint8", "Int64", "Float64"])
def test_numbers_are_scaled_by_the_training_rows(dtype: str) -> None:
    cells = pd.Series(rng.integers(0, 200, 30)).astype(dtype)
    column, values = numbers(cells)
    plain = cells.to_numpy(dtype=np.float64)[:, None]
    scaler = StandardScaler().fit(plain[ORDER[:TRAIN]])
    np.testing.assert_allclose(values, scaler.transform(plain[ORDER])[:, 0], rtol=1e-6, atol=1e-6)
    np.testing.assert_array_equal(values, column.encode(cells.iloc[ORDER]))
    assert values.dtype == np.float32


@pytest.mark.parametrize("policy", ["mean", "median", "most_frequent"])
@pytest.mark.parametrize("dtype", ["float64", "Float64", "object"])
def test_missing_numbers_are_filled_from_the_training_rows(policy: str, dtype: str) -> None:
    values = rng.integers(0, 8, 30).astype(float)
    values[[0, 7, 9, 20]] = NAN
    column, encoded = numbers(pd.Series(values).astype(dtype), missing=policy)
    imputer = SimpleImputer(strategy=policy).fit(values[ORDER[:TRAIN], None])
    filled = imputer.transform(values[ORDER][:, None])
    assert column.fill == pytest.approx(imputer.statistics_[0])
    present = values[ORDER[:TRAIN]][~np.isnan(values[ORDER[:TRAIN]])]
    np.testing.assert_allclose(encoded, (filled[:, 0] - present.mean()) / present.std(), rtol=1e-5, atol=1e-6)


def test_numbers_far_from_zero_keep_their_differences() -> None:
    seconds = 1.7e9 + np.arange(30) / 2
    column, values = numbers(seconds)
    np.testing.assert_allclose(np.diff(values[ORDER.argsort()]), 0.5 / column.scale, rtol=1e-3)
    with pytest.raises(UserError, match=r"column n: the differences between values such as 1700000014 are too small"):
        numbers(seconds, standardize=False, train=30)


@pytest.mark.parametrize("standardize", [True, False])
@pytest.mark.parametrize("cells", [[0, 1, 1], [0.0, 1.0, 1.0], [False, True, True], [0, 0, 0], [1, 1, 1]])
def test_columns_of_zeros_and_ones_are_not_scaled(cells: list[Any], standardize: bool) -> None:
    column, values = numbers(cells, standardize=standardize, train=3)
    assert values.tolist() == [float(cell) for cell in cells]
    assert column.constant == (len(set(cells)) == 1)


def test_constant_column_is_encoded_as_zero() -> None:
    column, values = numbers([0.1] * 30)  # whose computed deviation is 1e-17
    assert column.constant
    np.testing.assert_allclose(values, 0, atol=1e-6)
    assert column.encode(pd.Series([1.1]))[0] == pytest.approx(1)


@pytest.mark.parametrize("standardize", [True, False])
def test_a_constant_column_is_known_as_such(standardize: bool) -> None:
    for cells, constant in (([7.5] * 30, True), ([0.0] * 30, True), ([7.5] * 29 + [8.5], False)):
        column, values = numbers(cells, standardize=standardize, train=30)
        assert column.constant == constant
        np.testing.assert_allclose(values * column.scale + column.mean, np.array(cells)[ORDER], rtol=1e-6)


def test_numbers_between_0_and_1_are_scaled() -> None:
    cells = np.array([0.0, 1.0, 0.5] * 10)
    column, values = numbers(cells, train=30)
    assert (column.mean, column.scale) == (pytest.approx(cells.mean()), pytest.approx(cells.std()))
    assert values.std() == pytest.approx(1, rel=1e-6)


def test_negative_numbers_far_from_zero_lose_their_differences_without_scaling() -> None:
    with pytest.raises(UserError, match=r"the differences between values such as 1700000014 are too small"):
        numbers(-1.7e9 - np.arange(30) / 2, standardize=False, train=30)


def test_numbers_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    cells = rng.normal(3, 2, 30)
    _, whole = numbers(cells)
    monkeypatch.setattr(columns, "BLOCK", 7)
    np.testing.assert_array_equal(numbers(cells)[1], whole)


def test_numbers_in_text_are_parsed() -> None:
    assert numbers(["1", " 2", "3e0"], standardize=False, train=3)[1].tolist() == [1, 2, 3]


@pytest.mark.parametrize(
    ("cells", "row", "reason"),
    [
        ([1.0, 2.0, NAN], 2, "the cell is missing"),
        ([1.0, np.inf, 3.0], 1, "inf is not finite"),
        ([1.0, -np.inf, NAN], 1, "-inf is not finite"),
        (["1", "2", "three"], 2, "'three' is not a number"),
        ([1, None, "x"], 2, "'x' is not a number"),
    ],
)
def test_cells_that_are_not_numbers_are_refused(cells: list[Any], row: int, reason: str) -> None:
    with pytest.raises(Misfit) as caught:
        numbers(cells, train=3)
    assert (caught.value.row, caught.value.reason) == (row, reason)
    assert caught.value.missing == (reason == "the cell is missing")
    with pytest.raises(Misfit) as later:
        NumberColumn(name="n").encode(pd.Series(cells))
    assert (later.value.row, later.value.reason) == (row, reason)


def test_misfit_has_the_row_of_the_table() -> None:
    cells = np.arange(30.0)
    cells[17] = NAN
    with pytest.raises(Misfit) as caught:
        numbers(cells)
    assert caught.value.row == 17


def test_unsuitable_numbers_are_refused() -> None:
    with pytest.raises(UserError, match=r"column n: all cells of the training rows are missing; data\.drop=\[n\]"):
        numbers([NAN] * 3 + [1.0] * 2, missing="mean", train=3)
    with pytest.raises(UserError, match=r"column n: the values are too large, up to 1e\+300"):
        numbers([1e300, 1.0, 2.0], train=3)
    with pytest.raises(Misfit, match=r"1e\+300 is too large"), warnings.catch_warnings(action="error"):
        NumberColumn(name="n").encode(pd.Series([1.0, 1e300]))


# Categories


def test_categories_are_one_hot() -> None:
    cells = rng.choice(["red", "green", "blue"], 30)
    column, places = categories(cells)
    encoder = OneHotEncoder(sparse_output=False).fit(cells[:, None])
    np.testing.assert_array_equal(one_hot(column, places), encoder.transform(cells[ORDER, None]))
    assert column.categories == ("blue", "green", "red")
    np.testing.assert_array_equal(column.encode(pd.Series(cells[ORDER])), places)


@pytest.mark.parametrize("missing", ["mean", "median", "most_frequent"])
def test_missing_category_is_replaced_by_the_most_frequent_one(missing: str) -> None:
    cells = np.array(["a"] * 4 + ["b"] * 3 + [None] * 3, dtype=object)
    series, order = pd.Series(cells), np.array([4, 5, 6, 7, 0, 1, 2, 3, 8, 9])
    column, places = fit_categories("c", series, order, 5, named=False, missing=missing)
    assert column.fill == "b"  # although "a" is more frequent in all rows
    assert places.tolist() == [1, 1, 1, 1, 0, 0, 0, 0, 1, 1]
    assert column.encode(pd.Series([None, "a", "strange"])).tolist() == [1, 0, -1]


def test_the_first_category_can_be_the_most_frequent_one() -> None:
    column, _ = categories(["b", "b", None, "a"], missing="most_frequent", train=4)
    assert column.fill == "b"


def test_objects_of_different_types_are_different_categories() -> None:
    codes, texts = factorize_texts(pd.Series([1, True, 1.0, None, "1", " x"], dtype=object))
    assert [None if code < 0 else texts[code] for code in codes] == ["1", "True", "1.0", None, "1", "x"]


def test_unknown_category_is_encoded_as_zeros() -> None:
    column = CategoryColumn(name="c", categories=("a", "b"))
    assert one_hot(column, column.encode(pd.Series(["b", "x", "a"]))).tolist() == [[0, 1], [0, 0], [1, 0]]


@pytest.mark.parametrize(
    ("cells", "found"),
    [
        (["x ", " y", "z"], ["x", "y", "z"]),
        ([1, 2, 3], ["1", "2", "3"]),
        ([1.0, NAN, 3.0], ["1", None, "3"]),
        ([1.5, NAN, 3.0], ["1.5", None, "3.0"]),
        ([True, False], ["True", "False"]),
        (pd.array([1, None, 3], dtype="Int64"), ["1", None, "3"]),
        (pd.Categorical(["b", "a", None]), ["b", "a", None]),
        (np.array(["", "a"], dtype=object), ["", "a"]),
        (["日本", "größer"], ["日本", "größer"]),
    ],
    ids=repr,
)
def test_to_text(cells: Any, found: list[str | None]) -> None:
    """Categories are the same from Python and from a file, where a missing cell makes a column of integers float."""
    assert [None if pd.isna(cell) else cell for cell in to_text(pd.Series(cells))] == found


def test_dates_are_text() -> None:
    column, _ = categories(pd.date_range("2020-01-01", periods=2).repeat(15))
    assert [type(name) for name in column.categories] == [str, str]


def test_categorical_numbers_are_the_same_with_a_missing_cell() -> None:
    column, _ = categories(np.arange(30) % 3, named=True)
    assert column.categories == ("0", "1", "2")
    filled = CategoryColumn(name="c", categories=column.categories, fill="2")
    assert filled.encode(pd.Series([1.0, NAN])).tolist() == [1, 2]


@pytest.mark.parametrize(
    ("different", "rows", "few"),
    [(10, 10, True), (11, 22, True), (11, 21, False), (1000, 2000, True), (1001, 2002, False)],
)
def test_texts_are_categories_if_they_are_few_or_declared(different: int, rows: int, few: bool) -> None:
    """At most 10, or at most half of the rows; never above 1000."""
    cells = pd.Series([f"name {k % different}" for k in range(rows)] + [None])
    column, _ = fit_categories("c", cells, np.arange(rows), rows, named=not few, missing="mean")
    assert len(column.categories) == different
    if not few:
        with pytest.raises(UserError, match=f"^column c: {different} different texts in {rows} rows, such as 'name 0'"):
            fit_categories("c", cells, np.arange(rows), rows, named=False, missing="mean")


def test_unsuitable_categories_are_refused() -> None:
    with pytest.raises(UserError, match=r"column c: all cells are missing; data\.drop=\[c\] leaves it out"):
        categories([None, None, None])
    names = [f"name {i}" for i in range(30)]
    with pytest.raises(UserError, match=r"column c: 30 different texts in 30 rows, such as 'name 0'; data\.drop=\[c\]"):
        categories(names)
    assert categories(names, named=True)[0].width == 30
    with pytest.raises(UserError, match="all cells of the training rows are missing"):
        fit_categories("c", pd.Series([None, None, "a"]), np.arange(3), 2, named=False, missing="mean")
    with pytest.raises(Misfit, match="the cell is missing") as caught:
        categories(["a", "b", None], train=3)
    assert (caught.value.row, caught.value.missing) == (2, True)


# As plain data


@pytest.mark.parametrize(
    "column",
    [
        NumberColumn(name="n", mean=0.1, scale=3.0, fill=2.0, constant=True),
        CategoryColumn(name="c", categories=("a", "b"), fill="a"),
    ],
)
def test_column_from_dict(column: Any) -> None:
    plain = {key: list(value) if isinstance(value, tuple) else value for key, value in vars(column).items()}
    assert column_from_dict(plain) == column
