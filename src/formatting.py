"""Formatting of numbers and tables, and of settings for Hydra's grammar and for a shell. A leaf module.

https://hydra.cc/docs/advanced/override_grammar/basic/
"""

import csv
import io
import math
import re
import shlex
import statistics
from collections.abc import Mapping, Sequence
from numbers import Number
from pathlib import Path
from typing import Any

FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what formulas begin with in spreadsheets
WORDS = ("true", "false", "null", "inf", "nan")  # strings only if they are quoted
PLAIN = re.compile(r"[A-Za-z_][\w.-]*|[.-]", re.ASCII)  # Hydra reads it as a string without quotation marks
SPECIAL = frozenset('"$`\\!')  # characters that a shell interprets inside double quotes
UNSAFE = re.compile(r"[^\w=.,:/@%+\[\]-]")  # characters that must be quoted in a shell


def one_of(setting: str, names: Sequence[str], limit: int = 3) -> str:
    """Return the names as alternatives in words: the setting of a single one, or the first few of several."""
    if len(names) == 1:
        return f"{setting}={names[0]}"
    return f"one of {', '.join(names[:limit])}{' ...' if len(names) > limit else ''}"


def to_hydra(value: Any) -> str:
    """Return a Python value in Hydra's grammar."""
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    if isinstance(value, str | Path):
        if PLAIN.fullmatch(str(value)) and str(value).lower() not in WORDS:
            return str(value)
        text = re.sub(r"(\\*)('|\Z)", lambda found: found[1] * 2 + ("\\'" if found[2] else ""), str(value))
        return f"'{text}'"
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{escape_key(str(k))}:{to_hydra(v)}" for k, v in value.items()) + "}"
    if hasattr(value, "ndim") and not isinstance(value, Number):  # an array or tensor, maybe of a single number
        return to_hydra(value.tolist())
    if isinstance(value, Sequence):
        return "[" + ",".join(to_hydra(v) for v in value) + "]"
    return str(value)


def escape_key(key: str) -> str:
    """Return a key of a mapping in Hydra's grammar, which allows backslashes but not quotation marks."""
    return re.sub(r"([\\()\[\]{}:=,\s])", r"\\\1", key)


def to_shell(key: str, value: Any) -> str:
    """Return a setting as the user types it in a shell, quoted if necessary.

    >>> print(to_shell("data.drop", ["age", "first name"]))
    "data.drop=[age,'first name']"
    """
    return quote_setting(f"{key}={to_hydra(value)}")


def quote_setting(setting: str) -> str:
    """Return a setting in Hydra's grammar as the user types it in a shell, quoted if necessary.

    >>> print(quote_setting("data.path='my data.csv'"))
    "data.path='my data.csv'"
    """
    if UNSAFE.search(setting) is None:
        return setting
    if not SPECIAL & set(setting):
        return f'"{setting}"'
    return shlex.quote(setting) if "\n" in setting else UNSAFE.sub(r"\\\g<0>", setting)


def format_number(value: float) -> str:
    """Return a number with four significant digits; from 1e4 to 1e7 with all digits before the decimal point.

    Integers below 1e9 are written out; very large and very small numbers have an exponent.
    """
    if abs(value) < 1e9 and value == int(value):
        return str(int(value))
    return f"{value:.0f}" if 9999.5 <= abs(value) < 1e7 else f"{value:.4g}"


def sample_std(values: Sequence[float]) -> float:
    """Return the sample standard deviation, NaN if a value is not finite."""
    return statistics.stdev(values) if all(map(math.isfinite, values)) else math.nan


def duration(seconds: float) -> str:
    """Return a duration in seconds, minutes or hours."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"


def format_count(count: int, what: str) -> str:
    """Return a number with its noun.

    >>> format_count(1, "edge"), format_count(2, "edge")
    ('1 edge', '2 edges')
    """
    return f"{count} {what}{'' if count == 1 else 's'}"


def format_table(rows: Sequence[Sequence[str]]) -> str:
    """Return rows as left-aligned columns; the first row is the header."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return "\n".join("  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip() for row in rows)


def escape(label: str) -> str:
    """Return a label as a cell of a table: visible, without tabs and line breaks."""
    text = "".join(each if each.isprintable() else repr(each)[1:-1] for each in label)
    return text if text.strip() else repr(text)


def as_csv(rows: Sequence[Sequence[Any]]) -> str:
    """Return rows as CSV, in which no text is a formula of a spreadsheet."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([map(escape_formula, row) for row in rows])
    return text.getvalue()


def escape_formula(value: Any) -> Any:
    """Return a value; a text that begins like a formula and is not a row of numbers gets an apostrophe in front.

    A carriage return, which is not quoted and would begin a new row, becomes a newline.
    """
    if not isinstance(value, str):
        return value
    is_formula = value.startswith(FORMULA) and not all(map(is_number, value.split()))
    return ("'" * is_formula + value).replace("\r", "\n")


def is_number(text: str) -> bool:
    """Return whether a text is a number, including `nan` and `inf`."""
    try:
        float(text)
    except ValueError:
        return False
    return True
