"""Patterns for the names of layers, parameters and buffers."""

from collections.abc import Iterable
from fnmatch import fnmatchcase


def matches(name: str, pattern: str) -> bool:
    """Return whether a shell pattern matches a dotted name, or the name of a layer that contains it.

    layers.0 matches layers.0.weight, and so do layers.* and *.weight.
    """
    return any(fnmatchcase(part, pattern) for part in beginnings(name))


def beginnings(name: str) -> list[str]:
    """Return a dotted name and the names of the layers that contain it, from the outermost."""
    parts = name.split(".")
    return [".".join(parts[:end]) for end in range(1, len(parts) + 1)]


def with_layers(names: Iterable[str]) -> list[str]:
    """Return dotted names together with the names of the layers that contain them, each once."""
    return list(dict.fromkeys(part for name in names for part in beginnings(name)))
