"""Values of runs in tables, CSV and JSON."""

import json
from typing import Any

from ..formatting import format_number
from ..runs.atomic import nan_to_none
from ..runs.filters import MISSING, is_number, to_text, value_of
from ..runs.index import Run
from ..runs.record import Summary

SECONDS = {"d": 86400, "h": 3600, "min": 60, "s": 1}  # units of ages


def text_cell(run: Run, key: str) -> str:
    """Return a value for a table: metrics with four digits, ages in the largest suitable unit."""
    value = value_of(run, key)
    if key == "age":
        return format_age(value)
    if value is MISSING or (value is None and key in Summary._fields):
        return ""
    if is_number(value) and ("/" in key or key in ("val", "test")):
        return format_number(value)
    return escape(to_text(key, value))


def json_cell(run: Run, key: str) -> Any:
    """Return a value for JSON: times as text, None if the run does not have the key."""
    value = value_of(run, key)
    return None if value is MISSING else to_text(key, value) if key == "time" else value


def csv_text(key: str, value: Any) -> str:
    """Return a value for CSV."""
    return "" if value is MISSING or value is None else to_text(key, value)


def as_json(value: Any) -> str:
    """Return plain data as JSON; null for numbers that are not finite."""
    return json.dumps(nan_to_none(value), indent=2, default=str, ensure_ascii=False)


def escape(text: str) -> str:
    """Return a text in one line: line breaks and control characters as escape sequences."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def format_age(seconds: float) -> str:
    """Return a duration as whole days, hours, minutes or seconds."""
    unit = next((unit for unit, length in SECONDS.items() if seconds >= 2 * length), "s")
    return f"{max(seconds, 0) // SECONDS[unit]:.0f} {unit}"


def format_size(count: float) -> str:
    """Return a number of bytes in a suitable unit."""
    for unit in ("B", "kB", "MB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} GB"
