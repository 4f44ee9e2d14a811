"""The user's settings for the format of a table."""

import pytest
from nnzoo.errors import UserError
from nnzoo.files.tables.options import MISSING, TableOptions


@pytest.mark.parametrize(
    ("separator", "mark"),
    [(None, None), (",", ","), (" ", " "), ("tab", "\t"), ("\\t", "\t"), ("\t", "\t"), ("|", "|")],
)
def test_separators(separator: str | None, mark: str | None) -> None:
    assert TableOptions(separator=separator).mark == mark


@pytest.mark.parametrize("separator", ["", ";;", "a", "7", "\u00b7", '"', "\n", "\r", "\0"])
def test_other_separators_are_refused(separator: str) -> None:
    with pytest.raises(UserError, match=r"^data\.separator='.*' must be one character, such as , or ; or tab$"):
        TableOptions(separator=separator)


def test_marks_of_numbers() -> None:
    for decimal, thousands in ((".", ","), (",", "."), (",", " "), (None, "'"), (".", None), (None, "\u2019")):
        TableOptions(decimal=decimal, thousands=thousands)
    for decimal in ("", ";", ".."):
        with pytest.raises(UserError, match=rf"^data\.decimal='{decimal}' must be \. or ,$"):
            TableOptions(decimal=decimal)
    for thousands in ("", "..", "a", "1", "+", "-"):
        with pytest.raises(UserError, match=r"^data\.thousands='.*' must be one character, such as , or \.$"):
            TableOptions(thousands=thousands)
    with pytest.raises(UserError, match=r"^data\.thousands and data\.decimal are both '\.'$"):
        TableOptions(thousands=".", decimal=".")


def test_numbers_of_lines() -> None:
    assert [TableOptions(skip_rows=number).skip_rows for number in (None, 0, 3)] == [None, 0, 3]
    with pytest.raises(UserError, match=r"^data\.skip_rows=-1 must be a number of lines, 0 or more$"):
        TableOptions(skip_rows=-1)


def test_missing_values() -> None:
    """Text as parsed from a config replaces the usual cells, but an empty cell is always missing."""
    assert TableOptions().missing == {"", *MISSING}
    assert TableOptions(missing_values=[]).missing == {""}
    options = TableOptions(missing_values=[None, -1, 2.5, " x "])
    assert options.missing_values == ("null", "-1", "2.5", "x")
    assert options.missing == {"", "null", "-1", "2.5", "x"}
