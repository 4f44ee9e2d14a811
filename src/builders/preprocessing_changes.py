"""Differences between the preprocessing of two data sets that change the inputs of a network."""

from collections.abc import Mapping
from typing import Any

COMPARED: dict[str, tuple[str, ...]] = {
    "ids": ("ids",),
    "images": ("numbers", "divisor"),
    "numbers": (),
    "table": ("columns",),
    "tokens": ("vocabulary",),
    "series": ("mean", "scale", "log", "difference"),
}
"""Kind of preprocessing -> the fields that determine the inputs; of other kinds all of them do."""
SCALED = "data.standardize=false transforms=standardize scales by the statistics of the first run"
ADVICE = {"table": f"; for both runs, {SCALED}"}


def preprocessing_change(before: Mapping[str, Any], now: Mapping[str, Any]) -> str | None:
    """Return in what two preprocessings differ, as plain data, or None if the same raw example is the same input."""
    kind = str(before["kind"])
    if kind != now["kind"]:
        return f"{kind}, now {now['kind']}"
    if kind == "images" and "any" not in (before["numbers"], now["numbers"]):
        now = {**now, "numbers": before["numbers"]}  # both are divided
    for name in COMPARED.get(kind, tuple(before)):
        if before[name] != now[name]:
            return f"{first_difference(name, before[name], now[name])}{ADVICE.get(kind, '')}"
    return None


def first_difference(name: str, before: Any, now: Any) -> str:
    """Return the first difference between two values in a few words."""
    if isinstance(before, Mapping) and isinstance(now, Mapping):
        key = next((key for key in before if before[key] != now.get(key)), None)
        named = f"{name} {before['name']}" if "name" in before else name
        return named if key is None else first_difference(f"{named}: {key}", before[key], now.get(key))
    if isinstance(before, list | tuple) and isinstance(now, list | tuple):
        if len(before) != len(now):
            return f"{len(before)} {name}, now {len(now)}"
        place = next(i for i, (one, other) in enumerate(zip(before, now, strict=True)) if one != other)
        return first_difference(f"{name} {place + 1}", before[place], now[place])
    return f"{name} {shown(before)}, now {shown(now)}"


def shown(value: Any) -> str:
    """Return a value of a preprocessing, numbers with four digits."""
    return f"{value:.4g}" if isinstance(value, float) else str(value)
