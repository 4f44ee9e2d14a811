"""Buffers of columns that are read in pieces."""

import numpy as np
import pytest
from nnzoo.files.tables.columns import MAX_EXACT, NumberBuffer, TextBuffer


@pytest.mark.parametrize("capacity", [0, 4, 100])
@pytest.mark.parametrize(
    ("pieces", "kind"),
    [
        (([1, 2], [3], [4, 5, 6]), np.int64),
        (([1, 2], [0.5], [4, 5, 6]), np.float64),
        (([0.5, 2.5], [3], [np.nan]), np.float64),
        (([True, False], [True]), np.bool_),
    ],
)
def test_numbers_in_pieces(capacity: int, pieces: tuple[list[float], ...], kind: type) -> None:
    column = NumberBuffer(capacity)
    assert all(column.add(np.array(piece)) for piece in pieces)
    found = column.finish()
    assert found.dtype == kind
    np.testing.assert_array_equal(found, np.concatenate(pieces))
    assert column.inexact is None


def test_columns_that_are_not_numbers() -> None:
    assert not NumberBuffer(3).add(np.array(["a"], dtype=object))
    for first, second in (([True], [1]), ([1], [True]), ([0.5], [True])):
        column = NumberBuffer(3)
        assert column.add(np.array(first))
        assert not column.add(np.array(second))
    assert NumberBuffer(3).finish().shape == (0,)


def test_integers_beyond_int64_are_floats() -> None:
    column = NumberBuffer(1)
    column.add(np.array([2**63], dtype=np.uint64))
    assert column.finish().dtype == np.float64


@pytest.mark.parametrize("sign", [1, -1])
def test_the_first_integer_that_float64_may_not_represent(sign: int) -> None:
    column = NumberBuffer(1)
    column.add(np.array([1, sign * MAX_EXACT]))
    assert column.inexact is None
    column.add(np.array([5, 6, sign * (MAX_EXACT + 1), sign * (MAX_EXACT + 3)]))
    assert column.inexact == 4
    column.add(np.array([sign * (MAX_EXACT + 5)]))
    assert column.inexact == 4


def test_text_in_pieces() -> None:
    column = TextBuffer({"", "NA"})
    column.add(np.array(["b", " a ", "NA", np.nan], dtype=object))
    column.add(np.array(["a", "c", "b ", " "], dtype=object))
    assert column.values == ["b", "a", "c"]
    assert column.codes().tolist() == [0, 1, -1, -1, 1, 2, 0, -1]
    found = column.finish()
    assert found[[0, 1, 4, 5, 6]].tolist() == ["b", "a", "a", "c", "b"]
    assert np.isnan([*found[[2, 3, 7]]]).all()


def test_an_empty_column_of_text() -> None:
    column = TextBuffer(())
    assert column.codes().tolist() == column.finish().tolist() == []
    assert column.codes().dtype == np.int32
