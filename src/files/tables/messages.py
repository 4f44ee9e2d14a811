"""Cells in messages, and what can be done about them."""

import re
from collections.abc import Collection

from ...formatting import to_shell
from .numbers import looks_like_number

SIGN = re.compile(r"(?<=[0-9\s])[%‰$€£¥]|[$€£¥](?=\s?[0-9])")
GROUP = re.compile(r"(?<=[0-9])['\u2019\s](?=[0-9]{3})")


def shown(cell: str) -> str:
    """Return a cell for a message, in quotes, on one line and not too long."""
    text = cell if len(cell) <= 40 else f"{cell[:37]}..."
    return "'" + "".join(c if c.isprintable() else repr(c)[1:-1] for c in text) + "'"


def ways_on(cell: str, label: str, remedies: Collection[str], *, text: bool = True) -> list[str]:
    """Return what can be done about a cell among numbers that is none, the most likely first.

    remedies: see `about_column`; text: the column can be text.
    """
    if sign := SIGN.search(cell):
        return [f"remove the sign {sign[0]} in the file", *about_column(label, remedies, text=False)]
    ways = []
    if group := GROUP.search(cell):
        ways.append(f"{to_shell('data.thousands', ' ' if group[0].isspace() else group[0])} if it separates thousands")
    if "," in cell and looks_like_number(cell):
        marks = f"{to_shell('data.decimal', ',')} or {to_shell('data.thousands', ',')}"
        ways.append(f"{marks} if the comma is part of the number")
    if not any(map(str.isdigit, cell)):
        ways.append(f"{to_shell('data.missing_values', [cell])} if it means a missing one")
    return ways + about_column(label, remedies, text=text)


def about_column(label: str, remedies: Collection[str], *, text: bool = True) -> list[str]:
    """Return what can be done about a column by the settings there are: "categorical" if it can be text, and "drop"."""
    ways = [f"{to_shell('data.categorical', [label])} if the column is text"] * (text and "categorical" in remedies)
    return ways + [f"{to_shell('data.drop', [label])} leaves it out"] * ("drop" in remedies)
