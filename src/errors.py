"""Errors that the user can correct: one line, no traceback, exit code 2. A leaf module."""

from collections.abc import Iterable
from difflib import SequenceMatcher


class UserError(Exception):
    """A request that cannot be carried out; the message gives the value, the reason and what is allowed."""

    def _render_traceback_(self) -> list[str]:
        """Return the lines that IPython and Jupyter show: the message alone."""
        return [f"{type(self).__name__}: {self}"]


class DataWarning(UserWarning):
    """Something that the user should know about the data; the command continues."""


class PluginWarning(UserWarning):
    """A fault of an installed plug-in; the command continues without the faulty part."""


def did_you_mean(name: object, names: Iterable[str]) -> str:
    """Return "; did you mean 'x'?" for the name closest to `name`, or an empty string. Other types count as text."""
    close = nearest_name(str(name), names, least=0.5)
    return "" if close is None else f"; did you mean '{close}'?"


def nearest_name(name: str, names: Iterable[str], *, least: float = 0.6) -> str | None:
    """Return the most similar of the names, of equally similar ones the first.

    It is None if the similarity of each, from 0 to 1 as measured by difflib, is below `least`.
    """
    matcher = SequenceMatcher(b=name)

    def similarity(each: str) -> float:
        matcher.set_seq1(each)
        return matcher.ratio() if matcher.quick_ratio() >= least else 0.0

    best = max(names, key=similarity, default=None)
    return None if best is None or similarity(best) < least else best


def reason_of(error: BaseException) -> str:
    """Return the first line of the message of an exception, or its type if it has none."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def join_names(names: Iterable[str], limit: int = 20) -> str:
    """Return the names separated by commas; if there are more than `limit`, the first ones and the total number."""
    known = list(names)
    return ", ".join(known) if len(known) <= limit else f"{', '.join(known[:limit])} ... ({len(known)} in all)"


def unknown(what: str, name: object, names: Iterable[str]) -> UserError:
    """Return the error for a name that is not one of `names`; it suggests the nearest name or lists all of them."""
    known = list(names)
    hint = did_you_mean(name, known) or f"; one of: {join_names(sorted(known))}"
    return UserError(f"unknown {what} '{name}'{hint}")
