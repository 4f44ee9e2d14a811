"""Formats of numbers in tables, and evidence for decimal points or commas."""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

THOUSANDS_MARKS = r",.'\u2019\s"  # \s includes no-break spaces
MINUS = "\u2212"  # the minus sign of word processors
ANY_NUMBER = re.compile(
    rf"""[+\-\u2212]? \s? [$€£¥]? \s?
    (?: [0-9]+ (?:[.,][0-9]*)? | [.,][0-9]+ | [0-9]{{1,3}} (?P<group>[{THOUSANDS_MARKS}]) [0-9]{{3}}
        (?: (?P=group) [0-9]{{3}} )* (?: (?!(?P=group)) [.,] [0-9]+ )? )
    (?: [edED] [+-]?[0-9]+ )? \s? [%‰$€£¥]?
    | [+-]? inf(?:inity)?""",
    re.VERBOSE | re.IGNORECASE,
)
FIRST_CHARACTERS = frozenset("0123456789+-\u2212.,$€£¥iI")
TRUE = frozenset({"True", "TRUE", "true"})
FALSE = frozenset({"False", "FALSE", "false"})

EXPONENT = "(?:[eE][+-]?[0-9]+)?"
AMBIGUOUS = {mark: re.compile(rf"[+-]?[1-9][0-9]{{0,2}}[{mark}][0-9]{{3}}") for mark in ".,"}
DECIMAL = {mark: re.compile(rf"[+-]?(?:[0-9]+[{mark}][0-9]*|[{mark}][0-9]+){EXPONENT}") for mark in ".,"}
OTHER_MARK = {".": ",", ",": "."}


def looks_like_number(text: str) -> bool:
    """Return whether a cell is a number in any common format, also with a percent or currency sign, or infinite."""
    return text[:1] in FIRST_CHARACTERS and matches_number(text)


@lru_cache(1 << 14)  # the cells of a sample are checked several times
def matches_number(text: str) -> bool:
    """Return the same as `looks_like_number`, without the fast check of the first character."""
    return ANY_NUMBER.fullmatch(text) is not None


class NumberFormat:
    """The format of the numbers of a file.

    decimal: "." or ","; thousands: separator of groups of three digits, None without one, " " for any kind of blank.
    The minus sign may be U+2212.
    """

    def __init__(self, decimal: str, thousands: str | None) -> None:
        self.decimal = decimal
        self.thousands = thousands
        self.plain = re.compile(rf"[+-]?(?:[0-9]+(?:[{decimal}][0-9]*)?|[{decimal}][0-9]+){EXPONENT}")
        self.grouped = grouped_pattern(thousands, decimal) if thousands else None

    def parse(self, text: str) -> float | int | None:
        """Return the number, an int if it is written as an integer, or None if the text is not a number."""
        if text.startswith(MINUS):
            text = "-" + text[1:]
        if self.plain.fullmatch(text) is None:
            if self.grouped is None or self.thousands is None or self.grouped.fullmatch(text) is None:
                return None
            text = "".join(text.split()) if self.thousands == " " else text.replace(self.thousands, "")
        if is_integer(text):
            return int(text) if len(text) < 400 else float(text)
        return float(text.replace(self.decimal, "."))


def grouped_pattern(thousands: str, decimal: str) -> re.Pattern[str]:
    """Return the pattern of numbers with a thousands separator, with or without decimals."""
    mark = r"\s" if thousands == " " else re.escape(thousands)
    return re.compile(rf"[+-]?[0-9]{{1,3}}(?:{mark}[0-9]{{3}})+(?:[{decimal}][0-9]*)?")


def is_integer(text: str) -> bool:
    """Return whether a cell is an integer without separators."""
    return text.lstrip("+-").isdigit()


def is_decimal_comma(text: str) -> bool:
    """Return whether a cell can be a number with a decimal comma."""
    return DECIMAL[","].fullmatch(text) is not None


class Evidence(NamedTuple):
    """Indices of the first cells that show what a mark ("." or ",") means, None without such a cell.

    decimal: it is the decimal mark; thousands: it separates thousands; either: both are possible.
    """

    decimal: int | None
    thousands: int | None
    either: int | None


def evidence(cells: Iterable[str], mark: str) -> Evidence:
    """Return the index of the first cell of each kind."""
    groups = grouped_pattern(mark, OTHER_MARK[mark])
    found: dict[str, int] = {}
    for place, cell in enumerate(cells):
        if mark not in cell:
            continue
        if DECIMAL[mark].fullmatch(cell):
            found.setdefault("either" if AMBIGUOUS[mark].fullmatch(cell) else "decimal", place)
        elif groups.fullmatch(cell):
            found.setdefault("thousands", place)
    return Evidence(found.get("decimal"), found.get("thousands"), found.get("either"))
