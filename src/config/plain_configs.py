"""The configs of many runs that differ in a few numbers, as plain data. Imports no torch."""

import re
from collections.abc import Sequence
from typing import Any

from .composer import Composer
from .plain import to_plain

NUMBER = re.compile(r"([a-z_][\w.]*)=(-?\d+|-?\d*\.\d+(?:e[+-]?\d+)?|-?\d+\.?e[+-]?\d+)")
KEYS = re.compile(r"seed|fold|(optimizer|scheduler)\.\w+|penalties\.\w+\.weight")
"""Settings whose value decides about nothing else in a config, so that it can be replaced in a checked one."""

Path = tuple[str, ...]


class PlainConfigs:
    """Composes configs, but replaces numbers in one that was composed where that gives the same.

    What a number changes is learned from two composed configs that differ only in it. The values are not checked again:
    the plan of a sweep has composed each of them, or the ends of their range.
    """

    def __init__(self, composer: Composer) -> None:
        self.composer = composer
        self.templates: dict[tuple[str, ...], Template] = {}

    def config(self, overrides: Sequence[str]) -> dict[str, Any]:
        """Return the checked config of a run, resolved. Raises UserError for wrong overrides."""
        values: dict[str, int | float] = {}
        others = []
        for text in overrides:
            match = NUMBER.fullmatch(text)
            if match and KEYS.fullmatch(match[1]):
                values[match[1]] = number(match[2])
            else:
                others.append(text)
        if not values:
            return self.compose(overrides)
        key = (*others, *values)
        if key not in self.templates:
            self.templates[key] = Template(values, self.compose(overrides))
        return self.templates[key].filled(values, lambda changed: self.compose([*others, *changed]))

    def compose(self, overrides: Sequence[str]) -> dict[str, Any]:
        """Return a config that is composed and checked as a whole."""
        found: dict[str, Any] = to_plain(self.composer.compose(overrides), resolve=True)
        return found


class Template:
    """A composed config and the values of its numbers by key; places: where each of them is in the config."""

    def __init__(self, values: dict[str, int | float], config: dict[str, Any]) -> None:
        self.values = values
        self.config = config
        self.places: dict[str, list[Path] | None] = {}

    def filled(self, values: dict[str, int | float], compose: Any) -> dict[str, Any]:
        """Return the config with other values. compose: from overrides of these keys to a config."""
        changed = [key for key in values if values[key] != self.values[key]]
        for key in changed:
            if key not in self.places:
                other = compose(texts(self.values | {key: values[key]}))
                self.places[key] = differing(self.config, other, values[key])
        if any(self.places[key] is None for key in changed):
            return compose(texts(values))
        found = copied(self.config)
        for key in changed:
            for *parents, last in self.places[key] or ():
                node = found
                for name in parents:
                    node = node[name]
                if type(values[key]) not in (type(node[last]), int):
                    return compose(texts(values))  # a wrong type is an error
                node[last] = type(node[last])(values[key])
        return found


def copied(node: Any) -> Any:
    """Return plain data with mappings and lists of its own, in a third of the time of `deepcopy`."""
    if isinstance(node, dict):
        return {key: copied(value) for key, value in node.items()}
    return [copied(value) for value in node] if isinstance(node, list) else node


def number(text: str) -> int | float:
    """Return the number of a text."""
    return int(text) if text.lstrip("-").isdecimal() else float(text)


def texts(values: dict[str, int | float]) -> list[str]:
    """Return values as overrides."""
    return [f"{key}={value!r}" for key, value in values.items()]


def differing(one: Any, other: Any, value: int | float) -> list[Path] | None:
    """Return the paths at which two configs differ, None if there the other one does not have the value."""
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        found: list[Path] = []
        for key in one:
            inside = differing(one[key], other[key], value)
            if inside is None:
                return None
            found += [(key, *path) for path in inside]
        return found
    if one == other:
        return []
    return [()] if isinstance(other, int | float) and not isinstance(other, bool) and other == value else None
