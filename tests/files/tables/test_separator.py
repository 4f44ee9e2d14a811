"""Detection of the separator of a table."""

from pathlib import Path

import pytest
from nnzoo.errors import UserError
from nnzoo.files.tables.numbers import is_decimal_comma
from nnzoo.files.tables.options import DETECT, TableOptions
from nnzoo.files.tables.records import Record
from nnzoo.files.tables.separator import (
    find_separator,
    has_lists,
    is_consistent,
    is_one_number,
    most_regular,
    separates_more,
)
from nnzoo.files.tables.text import Sample


def split(text: str, mark: str) -> list[Record]:
    return [Record(line, row.split(mark)) for line, row in enumerate(text.split("\n"), 1)]


def test_decimal_commas() -> None:
    assert all(map(is_decimal_comma, ("1,5", "-0,25", ",5", "5,", "1,234", "1,5e3")))
    assert not any(map(is_decimal_comma, ("1.5", "15", "1,5,2", "", ",", "a,b")))


def test_one_number_between_commas() -> None:
    assert all(is_one_number(cells.split("|"), DETECT) for cells in ("1|5", "12", "NA", ""))
    assert not any(is_one_number(cells.split("|"), DETECT) for cells in ("1|x", "1.5", "NA|NA", "1|2|3"))


@pytest.mark.parametrize(
    ("mark", "text", "expected"),
    [
        (",", "a,b\n1,2\n3,4", True),
        (",", "a,b", True),
        (",", "a\n1\n2", False),  # a single column
        (",", "a,b\n1,2\n3", False),
        (",", "a,b,c\n1,2\n3,4", False),
        (",", "a,b\n1,2,\n3,4,", True),  # the rows end with a separator
        (",", "a,b\nr,1,2\ns,3,4", True),  # names of rows
        (",", "a,b\n1,2,5\n1,4,6", False),
        (",", "a\nr,1,2\ns,3,4", False),
        (" ", "a b\nx 1\ny NA", True),
        (" ", "a b\nx 1\ny z", False),  # words of a text
        (" ", "x 1", True),
        (" ", "x y", False),
    ],
)
def test_consistent_records(mark: str, text: str, *, expected: bool) -> None:
    assert is_consistent(mark, split(text, mark), DETECT) is expected


def test_no_records_are_not_consistent() -> None:
    assert not is_consistent(",", [], DETECT)


def test_commas_that_separate_more() -> None:
    assert separates_more(split("a,b|c\n1,x|y", "|"), split("a,b,c\n1,x,y", ","))
    assert not separates_more(split("a,b|c\n1,5|y", "|"), split("a,b,c\n1,x,y", ","))  # a decimal comma
    assert not separates_more(split("a,b|c\n1,x|y", "|"), split("a,b\n1,x", ","))  # not more columns


def test_lists_of_numbers_between_tabs() -> None:
    assert has_lists(split("1 2\ta\nb\t3 4 5", "\t"))
    assert not has_lists(split("1 2\ta\nb\t3", "\t"))
    assert not has_lists(split("1 2\ta\nb\t3 x", "\t"))


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        ("a;b\n1;2\n3", ";"),
        ("a;b\n1;2\n3;4;5\n6\n7;8;9;10", ""),
        ("a;b\n1;2", ";"),
        ("a b\n1 2", " "),  # half of the cells are numbers
        ("a b c\n1 2 d", ""),
        ("a;b\n1\n2", ""),  # less than half of the records
        ("a;b\n1;2\n3\n4", ";"),  # half of them
        ("a;b,c\n1;2,3\n4;5\n6;7,8", ";"),  # the larger share
        ("a;b,c\n1;2,3\n4,5\n6;7,8", ","),
        ("a;b,c\n1;2,3\n4", ";"),  # the first of equal ones
        ("a b\n1 2\n3", " "),
        ("a b\nc d\n3", ""),  # few numbers
        ("a;b", ""),  # one record
        ("a\n1", ""),
    ],
)
def test_the_most_regular_separator(text: str, mark: str) -> None:
    assert most_regular({each: split(text, each) for each in (";", ",", " ")}) == mark


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a;b\n1;2\n", (";", False)),
        ("a,b\n1,2\n", (",", False)),
        ("20,10\n21,11\n", (",", True)),
        ("20,10\n21\n", ("", False)),
        ("x\n20,10\n21,11\n", ("", False)),
        ("20,1.5\n21,2\n", (",", False)),
        ("20,10,1\n21,11,1\n", (",", False)),
        ("a b\n1 2\n", (" ", False)),
        ("a b\t1\nc d\t2\n", ("\t", False)),
        ("1 2\tx\n3 4\ty\n", (" ", False)),
        ("1  2\t3\n4  5\t6\n", (" ", False)),
        ('"a"\n1\n', ("", False)),
    ],
)
def test_separators(text: str, found: tuple[str, bool]) -> None:
    sample = Sample(lines=text.splitlines(keepends=True), complete=True, encoding="utf-8")
    assert find_separator(Path("t.csv"), sample, DETECT, DETECT) == found


@pytest.mark.parametrize("mark", [";", "|"])
def test_another_table_decides_between_equal_candidates(mark: str) -> None:
    sample = Sample(lines=["a;b|c\n", "1;2|3\n"], complete=True, encoding="utf-8")
    assert find_separator(Path("t.csv"), sample, DETECT, TableOptions(separator=mark)) == (mark, False)
    with pytest.raises(UserError, match=r"^t\.csv, line 1: semicolons or vertical bars can separate the columns"):
        find_separator(Path("t.csv"), sample, DETECT, TableOptions(separator=","))
