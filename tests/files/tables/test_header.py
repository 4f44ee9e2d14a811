"""Whether the first record of a table holds the names of its columns."""

import pytest
from nnzoo.files.tables.header import is_arithmetic, is_header, is_index, is_monotonic, names_progress, shape
from nnzoo.files.tables.numbers import looks_like_number

MISSING = {"", "NA"}


@pytest.mark.parametrize(
    ("first", "rows", "expected"),
    [
        ("a b", ["1 2", "3 4"], True),  # text above numbers
        ("7 8", ["x y", "y x"], True),  # numbers above text
        ("5 6", ["1 2", "3 4"], False),
        ("x y", ["x z", "w y"], False),  # the first cells recur
        ("a x", ["1 x", "2 y"], None),  # evidence for and against
        ("a b", ["NA NA"], None),
        ("2020-01-01 2020-01-02", ["2020-01-03 2020-01-04"], False),  # the form of the cells below
        ("a 5", ["1 4", "2 6"], None),
        ("a a 5", ["1 2 4", "3 4 6"], None),
        ("a b 5", ["1 2 4", "3 4 6"], True),  # two different names
        ("day 1", ["2020-01-03 2", "2020-01-04 3"], None),
        ("name kind", ["Anna x", "Berta y"], True),  # it does not recur
        ("2001 2002 2003 2004", ["5 9 2 7", "1 0 3 8"], None),  # years, or a row
        ("2001 2002 2003 2004", ["5 6 7 8", "1 2 3 4"], False),  # as regular as the rows
        ("name 2001 2002 2003", ["a 5 1 7", "b 1 0 3"], None),
        ("name 2001 2002 2003 2004", ["a 5 1 7 0", "b 1 0 3 9"], True),
    ],
)
def test_headers(first: str, rows: list[str], expected: bool | None) -> None:
    assert is_header(first.split(), [row.split() for row in rows], MISSING, looks_like_number) is expected


def test_a_column_without_a_name_that_numbers_the_rows() -> None:
    rows = [["1", "5"], ["2", "3"]]
    assert is_header(["", "7"], rows, MISSING, looks_like_number) is True
    assert is_header(["", "7"], [["1", "5"], ["1", "3"]], MISSING, looks_like_number) is False


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["1", "2", "3"], True),
        (["1", "2", "1"], False),
        (["a", "b1"], True),
        (["a", "a"], False),
        (["a", "NA"], False),
        (["1.5", "2.5"], False),
        (["-1", "2"], False),
        (["a", "2"], False),
    ],
)
def test_numbers_and_names_of_rows(cells: list[str], expected: bool) -> None:
    assert is_index(cells, MISSING) is expected


@pytest.mark.parametrize(
    ("cells", "arithmetic", "monotonic"),
    [
        (["1", "2", "3"], True, True),
        (["3", "1", "-1"], True, True),
        (["0,5", "1", "1,5"], True, True),
        (["1", "2", "4"], False, True),
        (["1", "2", "2"], False, False),
        (["2", "2", "2"], False, False),
        (["1", "3", "2"], False, False),
        (["1", "a", "3"], False, False),
        (["1", "1.1", "1.2000001"], True, True),  # rounded
        (["1", "1.1", "1.200005"], False, True),
        (["0", "1000", "2000.0005"], True, True),
    ],
)
def test_progressions(cells: list[str], arithmetic: bool, monotonic: bool) -> None:
    assert is_arithmetic(cells) is arithmetic
    assert is_monotonic(cells) is monotonic


def test_one_number_is_no_progression() -> None:
    assert not is_monotonic(["1"])


@pytest.mark.parametrize(
    ("names", "rows", "expected"),
    [
        ("0 9", ["1 2", "3 4"], True),
        ("9 0", ["1 2", "3 4"], False),
        ("9 9", ["1 2", "3 4"], False),
        ("1 9", ["1 2", "3 4"], False),  # inside its column
        ("0 4", ["1 2", "3 4"], False),
        ("4 5", ["1 2", "3 4"], True),
        ("0 9", ["a 2", "3 4"], False),
        ("1 2 3", ["1 3 2", "5 4 6"], True),
        ("1 2 3", ["1 2 3", "5 4 6"], False),  # half of the rows progress
        ("1 2 3", ["1 2 3", "5 4 6", "2 1 2"], True),
        ("1 3 2", ["1 3 2", "5 4 6"], False),
    ],
)
def test_names_that_progress_in_contrast_to_the_rows(names: str, rows: list[str], expected: bool) -> None:
    assert names_progress(names.split(), [row.split() for row in rows]) is expected


def test_the_form_of_a_cell() -> None:
    assert shape("2020-01-31") == "0-0-0"
    assert shape("Größe12_b (x)") == "a0_a (a)"
