"""Text for people: numbers, tables, settings as Hydra's grammar spells them and as a shell takes them. A leaf.

https://hydra.cc/docs/advanced/override_grammar/basic/
"""

import math
import re
import shlex
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

WORDS = ("true", "false", "null", "inf", "nan")  # they are strings only in quotation marks
PLAIN = re.compile(r"[A-Za-z_][\w.-]*|[.-]", re.ASCII)  # Hydra takes it for a string without quotation marks
SPECIAL = frozenset('"$`\\!')  # what a shell does not leave alone between double quotes
UNSAFE = re.compile(r"[^\w=.,:/@%+\[\]-]")  # what needs quotation marks in a shell


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
        return "{" + ",".join(f"{k}:{to_hydra(v)}" for k, v in value.items()) + "}"
    if isinstance(value, Sequence):
        return "[" + ",".join(to_hydra(v) for v in value) + "]"
    return str(value)


def typed(key: str, value: Any) -> str:
    """Return a setting as it is typed in a shell.

    >>> print(typed("data.drop", ["age", "first name"]))
    "data.drop=[age,'first name']"
    """
    setting = f"{key}={to_hydra(value)}"
    if UNSAFE.search(setting) is None:
        return setting
    if not SPECIAL & set(setting):
        return f'"{setting}"'
    return shlex.quote(setting) if "\n" in setting else UNSAFE.sub(r"\\\g<0>", setting)


def number(value: float) -> str:
    """Return a figure as people read it: four significant digits, all digits before the point from 1e4 to 1e7.

    Whole numbers below 1e9 are written out; very large and very small numbers have an exponent.
    """
    if abs(value) < 1e9 and value == int(value):
        return str(int(value))
    return f"{value:.0f}" if 9999.5 <= abs(value) < 1e7 else f"{value:.4g}"


def spread(values: Sequence[float]) -> float:
    """Return the sample standard deviation, NaN of what is not all finite."""
    return statistics.stdev(values) if all(map(math.isfinite, values)) else math.nan


def table(rows: Sequence[Sequence[str]]) -> str:
    """Return rows as left-aligned columns; the first row is the heading."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return "\n".join("  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip() for row in rows)
