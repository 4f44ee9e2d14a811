"""Cells and remedies in error messages."""

import re
from collections.abc import Collection

from ...formatting import to_shell
from .numbers import looks_like_number

CURRENCY_OR_PERCENT = re.compile(r"(?<=[0-9\s])[%‰$€£¥]|[$€£¥](?=\s?[0-9])")
THOUSANDS_MARK = re.compile(r"(?<=[0-9])['\u2019\s](?=[0-9]{3})")


def quote_cell(cell: str) -> str:
    """Return a cell for a message: quoted, on one line and shortened."""
    text = cell if len(cell) <= 40 else f"{cell[:37]}..."
    return "'" + "".join(c if c.isprintable() else repr(c)[1:-1] for c in text) + "'"


def cell_remedies(cell: str, label: str, remedies: Collection[str], *, text: bool = True) -> list[str]:
    """Return remedies for a cell that is not a number in a column of numbers, the most likely first.

    remedies: see `column_remedies`; text: whether the column can be text.
    """
    if sign := CURRENCY_OR_PERCENT.search(cell):
        return [f"remove the sign {sign[0]} in the file", *column_remedies(label, remedies, text=False)]
    ways = []
    if group := THOUSANDS_MARK.search(cell):
        ways.append(f"{to_shell('data.thousands', ' ' if group[0].isspace() else group[0])} if it separates thousands")
    if "," in cell and looks_like_number(cell):
        marks = f"{to_shell('data.decimal', ',')} or {to_shell('data.thousands', ',')}"
        ways.append(f"{marks} if the comma is part of the number")
    if not any(map(str.isdigit, cell)):
        ways.append(f"{to_shell('data.missing_values', [cell])} if it means a missing value")
    return ways + column_remedies(label, remedies, text=text)


def column_remedies(label: str, remedies: Collection[str], *, text: bool = True) -> list[str]:
    """Return remedies for a column by the available settings: "categorical" if it can be text, and "drop"."""
    ways = [f"{to_shell('data.categorical', [label])} if the column is text"] * (text and "categorical" in remedies)
    return ways + [f"{to_shell('data.drop', [label])} leaves it out"] * ("drop" in remedies)
