"""Errors that are the user's to mend: one line, no traceback, exit code 2. A leaf."""

from collections.abc import Iterable
from difflib import get_close_matches


class UserError(Exception):
    """Something the user asked for cannot be done; the message says what, why and what would fit."""


class DataWarning(UserWarning):
    """Something about the data that the user should know; it stops nothing."""


def nearest(name: str, names: Iterable[str]) -> str:
    """Return "; did you mean 'x'?" for the name closest to `name`, or an empty string."""
    close = get_close_matches(name, list(names), n=1, cutoff=0.5)
    return f"; did you mean '{close[0]}'?" if close else ""


def listed(names: Iterable[str], most: int = 20) -> str:
    """Return the names in a row; of more than `most` the first ones and how many there are."""
    known = list(names)
    return ", ".join(known) if len(known) <= most else f"{', '.join(known[:most])} ... ({len(known)} in all)"


def unknown(what: str, name: str, names: Iterable[str]) -> UserError:
    """Return the error for a name that is not one of `names`, with the nearest one or all of them."""
    names = sorted(names)
    hint = nearest(name, names) or f"; one of: {listed(names)}"
    return UserError(f"unknown {what} '{name}'{hint}")
