"""Numbers in the formats of files."""

import math

import pytest
from nnzoo.files.tables.messages import cell_remedies, column_remedies, quote_cell
from nnzoo.files.tables.numbers import Evidence, NumberFormat, evidence, looks_like_number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1", 1),
        ("+1.5", 1.5),
        (".5", 0.5),
        ("5.", 5.0),
        ("1e3", 1000.0),
        ("-2.5E-1", -0.25),
        ("\u22123", -3),
        ("007", 7),
        ("1" * 399, int("1" * 399)),
        ("1" * 400, math.inf),
        ("1,5", None),
        ("1 000", None),
        ("", None),
        ("-", None),
        (".", None),
        ("1.5.2", None),
        ("0x1F", None),
        ("inf", None),
    ],
)
def test_decimal_point(text: str, number: float | None) -> None:
    found = NumberFormat(".", None).parse(text)
    assert found == number
    assert type(found) is type(number)


@pytest.mark.parametrize(
    ("decimal", "thousands", "text", "number"),
    [
        (",", ".", "1.234,5", 1234.5),
        (",", ".", "1.234", 1234),
        (",", ".", "-12.345.678", -12345678),
        (",", ".", "1,25", 1.25),
        (",", ".", "12.34", None),
        (",", ".", "1234.567", None),
        (".", ",", "1,234.5", 1234.5),
        (".", ",", "12,34", None),
        (".", " ", "1 234", 1234),
        (".", " ", "1\u00a0234.5", 1234.5),
        (".", " ", "1\u202f234\u202f567", 1234567),
        (".", "'", "1'234", 1234),
    ],
)
def test_thousands(decimal: str, thousands: str, text: str, number: float | None) -> None:
    found = NumberFormat(decimal, thousands).parse(text)
    assert found == number
    assert type(found) is type(number)


def test_what_a_mark_can_mean() -> None:
    assert evidence(["a", "7", "1.234", "1.5", "1.234.567", "0.125", "2.500"], ".") == Evidence(3, 4, 2)
    assert evidence(["0,125", "12,50"], ",") == Evidence(0, None, None)
    assert evidence(["1,234.5"], ",") == Evidence(None, 0, None)
    assert evidence(["12345,678"], ",") == Evidence(0, None, None)  # a group has up to three digits
    assert evidence(["1.5"], ",") == Evidence(None, None, None)


@pytest.mark.parametrize(
    "text", ["1", "-1.5", "1,5", "1.234,56", "1'234", "5%", "$ 5", "5 €", "1e-3", "1D5", "-inf", "Infinity"]
)
def test_like_numbers(text: str) -> None:
    assert looks_like_number(text)


@pytest.mark.parametrize("text", ["", "a", "1a", "2020-01-01", "1 2", "--1", "1.234,5,6", "nan", "i"])
def test_unlike_numbers(text: str) -> None:
    assert not looks_like_number(text)


def test_cells_in_messages() -> None:
    assert quote_cell("a" * 40) == f"'{'a' * 40}'"
    assert quote_cell("a" * 41) == f"'{'a' * 37}...'"
    assert quote_cell("a\nb\x1b") == r"'a\nb\x1b'"


def test_remedies() -> None:
    both = ("categorical", "drop")
    assert column_remedies("a", both) == ["data.categorical=[a] if the column is text", "data.drop=[a] leaves it out"]
    assert column_remedies("a", both, text=False) == column_remedies("a", ["drop"]) == ["data.drop=[a] leaves it out"]
    assert column_remedies("a", []) == []
    assert cell_remedies("5%", "a", both) == ["remove the sign % in the file", "data.drop=[a] leaves it out"]
