"""The names of the columns, from the first record of a table."""

from pathlib import Path

import pytest
from nnzoo.errors import UserError
from nnzoo.files.tables.names import column_names, has_row_names, is_single_header, is_trailing
from nnzoo.files.tables.options import DETECT, TableOptions
from nnzoo.files.tables.records import Record

PATH = Path("t.csv")


def rows(text: str) -> list[list[str]]:
    return [[cell.strip() for cell in row.split(",")] for row in text.split("|")]


@pytest.mark.parametrize(
    ("text", "names", "trailing"),
    [
        ("a,b|1,2|3,4", ("a", "b"), False),
        ("a,b|1,2,|3,4,", ("a", "b"), True),
        ("a,b,|1,2,|3,4,", ("a", "b"), True),
        ("a,b,|1,2,|3,4,5", ("a", "b", ""), False),
        ("a,b,c|1,2,|3,4,", ("a", "b", "c"), False),
        ("a,b|r,1,2|s,3,4", ("", "a", "b"), False),  # names of rows
        ("a|", ("a",), False),
        (",1", ("", "1"), False),
        ("a,", ("a",), True),
    ],
)
def test_names_of_columns(text: str, names: tuple[str, ...], *, trailing: bool) -> None:
    first, *rest = (Record(line, cells) for line, cells in enumerate(rows(text), 1))
    assert column_names(PATH, first, rest, ",", DETECT) == (names, trailing)


def test_blanks_do_not_trail() -> None:
    records = [Record(1, ["a", ""]), Record(2, ["1", ""])]
    assert column_names(PATH, records[0], records[1:], " ", DETECT) == (("a", ""), False)


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        ("a,b|1,2|3,4,5", DETECT, "t.csv, line 3: 3 cells instead of 2 as in line 1"),
        ("a,b|1,2,|3,4,", TableOptions(header=False), "t.csv, line 2: 3 cells instead of 2 as in line 1"),
        ("a,b|r,1,2|r,3,4", DETECT, "t.csv, line 2: 3 cells instead of 2 as in line 1"),
        ("Report|a,b|1,2", DETECT, "t.csv, line 1: 'Report' stands above the table"),
    ],
)
def test_rows_of_other_widths_are_refused(text: str, options: TableOptions, message: str) -> None:
    first, *rest = (Record(line, cells) for line, cells in enumerate(rows(text), 1))
    with pytest.raises(UserError) as caught:
        column_names(PATH, first, rest, ",", options)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("r,1,2|s,3,4", True),
        ("r,1,2|r,3,4", False),  # not distinct
        ("r,1,2|NA,3,4", False),
        ("0,1,2|1,3,4", True),  # numbers from 0 or 1
        ("1,1,2|2,3,4", True),
        ("2,1,2|3,3,4", False),
        ("1,1,2|0,3,4", False),
        ("r,1,2|5,3,4", False),
        ("r,1,2", False),  # a single row shows nothing
    ],
)
def test_names_of_rows(text: str, *, expected: bool) -> None:
    assert has_row_names(["a", "b"], rows(text), DETECT) is expected


def test_names_of_rows_need_two_columns() -> None:
    assert not has_row_names(["a"], rows("r,1|s,2"), DETECT)


def test_trailing_separators() -> None:
    assert is_trailing(rows("1,|2,"))
    assert not is_trailing(rows("1,|2,3"))


@pytest.mark.parametrize(
    ("cells", "expected"), [("1,2", False), ("a,b", True), ("a,1", None), ("1,NA", False), ("NA,?", True)]
)
def test_a_single_record(cells: str, *, expected: bool | None) -> None:
    assert is_single_header(cells.split(","), DETECT) is expected
