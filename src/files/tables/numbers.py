"""Numbers as people write them in tables, and whether a file uses decimal points or commas."""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

GROUPS = r",.'\u2019\s"  # what people put between thousands; \s has the no-break spaces
MINUS = "\u2212"  # as word processors write it
ANY_NUMBER = re.compile(
    rf"""[+\-\u2212]? \s? [$€£¥]? \s?
    (?: [0-9]+ (?:[.,][0-9]*)? | [.,][0-9]+ | [0-9]{{1,3}} (?P<group>[{GROUPS}]) [0-9]{{3}}
        (?: (?P=group) [0-9]{{3}} )* (?: (?!(?P=group)) [.,] [0-9]+ )? )
    (?: [edED] [+-]?[0-9]+ )? \s? [%‰$€£¥]?
    | [+-]? inf(?:inity)?""",
    re.VERBOSE | re.IGNORECASE,
)
FIRST = frozenset("0123456789+-\u2212.,$€£¥iI")
TRUE = frozenset({"True", "TRUE", "true"})
FALSE = frozenset({"False", "FALSE", "false"})

EXPONENT = "(?:[eE][+-]?[0-9]+)?"
AMBIGUOUS = {mark: re.compile(rf"[+-]?[1-9][0-9]{{0,2}}[{mark}][0-9]{{3}}") for mark in ".,"}
DECIMAL = {mark: re.compile(rf"[+-]?(?:[0-9]+[{mark}][0-9]*|[{mark}][0-9]+){EXPONENT}") for mark in ".,"}
OTHER = {".": ",", ",": "."}


def looks_like_number(text: str) -> bool:
    """Tell whether a cell is a number in some country or with a sign for percent or money, infinity included."""
    return text[:1] in FIRST and matches_number(text)


@lru_cache(1 << 14)  # the cells of a sample are looked at several times
def matches_number(text: str) -> bool:
    """Tell the same, without a quick look at the first character."""
    return ANY_NUMBER.fullmatch(text) is not None


class NumberFormat:
    """The numbers of one file.

    decimal: "." or ","; thousands: what separates groups of three digits, None if nothing does, " " for blanks of
    every kind. A minus may be U+2212.
    """

    def __init__(self, decimal: str, thousands: str | None) -> None:
        self.decimal = decimal
        self.thousands = thousands
        self.plain = re.compile(rf"[+-]?(?:[0-9]+(?:[{decimal}][0-9]*)?|[{decimal}][0-9]+){EXPONENT}")
        self.grouped = grouped(thousands, decimal) if thousands else None

    def parse(self, text: str) -> float | int | None:
        """Return the number, int if it is written as one, or None if the text is none."""
        if text.startswith(MINUS):
            text = "-" + text[1:]
        if self.plain.fullmatch(text) is None:
            if self.grouped is None or self.thousands is None or self.grouped.fullmatch(text) is None:
                return None
            text = "".join(text.split()) if self.thousands == " " else text.replace(self.thousands, "")
        if is_whole(text):
            return int(text) if len(text) < 400 else float(text)
        return float(text.replace(self.decimal, "."))

    def is_number(self, text: str) -> bool:
        """Tell whether a cell is a finite number in this format."""
        return self.parse(text) is not None


def grouped(thousands: str, decimal: str) -> re.Pattern[str]:
    """Return the pattern of numbers whose thousands are set apart, decimals or not."""
    mark = r"\s" if thousands == " " else re.escape(thousands)
    return re.compile(rf"[+-]?[0-9]{{1,3}}(?:{mark}[0-9]{{3}})+(?:[{decimal}][0-9]*)?")


def is_whole(text: str) -> bool:
    """Tell whether a cell is a whole number without marks."""
    return text.lstrip("+-").isdigit()


def is_decimal_comma(text: str) -> bool:
    """Tell whether a cell can be read as a number with a decimal comma."""
    return DECIMAL[","].fullmatch(text) is not None


class Evidence(NamedTuple):
    """Cells that show what a mark ("." or ",") means, each the first one found.

    decimal: it must be the decimal mark; thousands: it must separate thousands; either: it can be both.
    """

    decimal: int | None
    thousands: int | None
    either: int | None


def evidence(cells: Iterable[str], mark: str) -> Evidence:
    """Return the places among `cells` of the first cell of each kind."""
    groups = grouped(mark, OTHER[mark])
    found: dict[str, int] = {}
    for place, cell in enumerate(cells):
        if mark not in cell:
            continue
        if DECIMAL[mark].fullmatch(cell):
            found.setdefault("either" if AMBIGUOUS[mark].fullmatch(cell) else "decimal", place)
        elif groups.fullmatch(cell):
            found.setdefault("thousands", place)
    return Evidence(found.get("decimal"), found.get("thousands"), found.get("either"))
