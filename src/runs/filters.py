"""Selection and order of runs by their settings and metrics, such as `optimizer.lr<0.1`."""

import re
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from fnmatch import fnmatchcase
from operator import ge, gt, le, lt
from typing import Any, NamedTuple

from ..errors import UserError, unknown
from ..formatting import to_hydra
from .index import Run
from .record import WHICH, Summary

FILTER = re.compile(r"([\w./]+)(==|!=|<=|>=|=|<|>)(.*)", re.DOTALL)  # names of runs have dashes before a "="
COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {"<": lt, "<=": le, ">": gt, ">=": ge}
NAMES = ("run", "name", "tag", "age", *Summary._fields)  # keys that every run has
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}  # of ages, in seconds
MISSING = object()


class Filter(NamedTuple):
    """A condition on a run: key, one of = != < <= > >=, and the other side as text."""

    key: str
    operator: str
    text: str

    @classmethod
    def parse(cls, text: str) -> "Filter":
        """Return the filter of an argument. Raises UserError if it is not a filter or compares with no number."""
        if (found := FILTER.fullmatch(text)) is None:
            raise UserError(f"'{text}' is no directory and no filter; a filter is KEY=VALUE or, in quotes, 'KEY<VALUE'")
        key, operator, value = found.groups()
        if operator in COMPARISONS:
            bound(key, value)
        return cls(key, "=" if operator == "==" else operator, value)

    def matches(self, run: Run) -> bool:
        """Return whether a run fulfils the condition. A run without the key fulfils only `!=`."""
        value = value_of(run, self.key)
        if self.operator in COMPARISONS:
            return is_number(value) and COMPARISONS[self.operator](value, bound(self.key, self.text))
        values = value if self.key in ("tag", "tags") else [value]
        words = (self.text,) if self.key in ("run", "name", "message") else (self.text, *self.text.split(","))
        found = any(is_equal(self.key, value, word) for value in values for word in words)
        return found == (self.operator == "=")


def bound(key: str, text: str) -> float:
    """Return the number with which a key is compared: a date for `time`, a duration for `age`.

    Raises UserError if it is none.
    """
    if key == "age":
        if found := re.fullmatch(r"(\d+\.?\d*)([smhdw])", text):
            return float(found[1]) * UNITS[found[2]]
        raise UserError(f"age is compared with '{text}'; it takes a duration such as 30m, 12h, 7d or 2w")
    try:
        return datetime.fromisoformat(text).timestamp() if key == "time" else float(text)
    except ValueError:
        what = "a date such as 2026-01-31 or 2026-01-31T12:00" if key == "time" else "a number"
        raise UserError(f"{key} is compared with '{text}'; it takes {what}") from None


def value_of(run: Run, key: str) -> Any:
    """Return the value of a run for a key, `MISSING` if it has none."""
    if key == "age":
        return time.time() - run.summary.time
    try:
        return run.get("tags" if key == "tag" else key)
    except KeyError:
        return MISSING


def is_number(value: Any) -> bool:
    """Return whether a value is a number, not a truth value."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_equal(key: str, value: Any, word: str) -> bool:
    """Return whether a value is the number, the text or one of the texts of a shell pattern that `word` stands for."""
    if value is MISSING:
        return False
    if is_number(value) and key != "time":
        try:
            return bool(value == float(word))
        except ValueError:
            pass
    text = to_text(key, value)
    return text == word or fnmatchcase(text, word)


def to_text(key: str, value: Any) -> str:
    """Return a value as a user writes it: null, true, 0.1, [120,84], a time as 2026-01-31T12:00:00."""
    if isinstance(value, str):
        return value
    if key == "time":
        return datetime.fromtimestamp(value).isoformat(timespec="seconds")
    return ",".join(map(str, value)) if key in ("tag", "tags") else to_hydra(value)


def check_keys(keys: Iterable[str], runs: Sequence[Run]) -> None:
    """Raise UserError with the nearest name for a key that is no setting or metric of any run."""
    for key in keys:
        if runs and key not in NAMES and all(value_of(run, key) is MISSING for run in runs):
            known = sorted(known_keys(runs))
            if longer := [name for name in known if name.endswith((f".{key}", f"/{key}"))]:
                raise UserError(f"unknown setting or metric '{key}'; did you mean '{min(longer, key=len)}'?")
            raise unknown("setting or metric", key, known)


def known_keys(runs: Sequence[Run]) -> set[str]:
    """Return the keys that at least one run has; metrics also without `best` and `last`."""
    metrics = {key for run in runs for key in run.details.metrics}
    short = {key.replace(f"/{which}/", "/") for key in metrics for which in WHICH}
    return {*NAMES, *(key for run in runs for key in run.details.config), *metrics, *short}


def select(runs: Sequence[Run], filters: Sequence[Filter]) -> list[Run]:
    """Return the runs that fulfil all filters. Raises UserError for a key that no run has."""
    check_keys([each.key for each in filters], runs)
    return [run for run in runs if all(each.matches(run) for each in filters)]


def sort_runs(runs: Sequence[Run], key: str, limit: int | None = None) -> list[Run]:
    """Return the first runs in the order of a key, descending for `-key`; runs without a value come last.

    limit: their number, None for all. Raises UserError for a key that no run has, and for a limit below 1.
    """
    if limit is not None and limit < 1:
        raise UserError(f"limit is {limit}; it must be at least 1")
    name = key.removeprefix("-")
    check_keys([name], runs)
    values = [(value_of(run, name), run) for run in runs]
    known = [(value, run) for value, run in values if value is not MISSING and value is not None and value == value]
    missing = [run for value, run in values if value is MISSING or value is None or value != value]
    ranked = [((1, 0.0, to_text(name, v)) if not is_number(v) else (0, v, ""), run) for v, run in known]
    ranked.sort(key=lambda pair: pair[0], reverse=key.startswith("-"))
    return [*(run for _, run in ranked), *missing][:limit]
