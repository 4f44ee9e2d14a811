"""How a config records an object from Python: by its import path, or by its name if it has none. Imports no torch."""

import re
import sys
from collections.abc import Iterator, Mapping
from functools import partial
from types import FunctionType
from typing import Any

PREFIX = "from_python."
"""Beginning of the `_target_` of an object that cannot be imported; its name follows."""
WEIGHTS = "_weights_"
"""Key of the checksum of the initial weights of a network that was passed as an instance."""
PLAIN = bool | int | float | str | None
GROUPS = ("model", "loss", "optimizer", "scheduler", "metrics", "callbacks")
"""Groups of the config whose objects may come from Python."""
NAMED = ("metrics", "callbacks")
"""Those that hold several objects by name."""


def is_from_python(target: object) -> bool:
    """Return whether a `_target_` records an object from Python that cannot be imported."""
    return str(target).startswith(PREFIX)


def name_of(node: Mapping[str, Any]) -> str:
    """Return the name of the class or object of a node."""
    return str(node["_target_"]).rpartition(".")[2]


def nodes(config: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield path and node of each object that may come from Python; the config need not be validated."""
    for group in GROUPS:
        found = config.get(group)
        named = {group: found}
        if group in NAMED and isinstance(found, Mapping):
            named = {f"{group}.{name}": node for name, node in found.items()}
        yield from ((path, node) for path, node in named.items() if isinstance(node, dict) and "_target_" in node)


def object_name(found: Any) -> str:
    """Return the name of an object, that of its class for an instance, as a Python identifier."""
    function = found.func if isinstance(found, partial) else found
    name = getattr(function, "__name__", None) or type(function).__name__
    return re.sub(r"\W", "", name) or "object"


def import_path(found: Any) -> str | None:
    """Return the dotted path from which another process can import a class or function, None if there is none."""
    if not isinstance(found, type | FunctionType) or found.__module__ == "__main__":
        return None
    name = found.__name__
    is_top_level = found.__qualname__ == name and getattr(sys.modules.get(found.__module__), name, None) is found
    return f"{found.__module__}.{name}" if is_top_level else None


def is_plain(value: Any) -> bool:
    """Return whether a value can be stored in a config: numbers, texts, None, and lists and mappings of them."""
    if isinstance(value, list | tuple):
        return all(map(is_plain, value))
    if isinstance(value, dict):
        return all(isinstance(key, str) and is_plain(each) for key, each in value.items())
    return isinstance(value, PLAIN)


def recorded(found: Any) -> tuple[str | None, dict[str, Any]]:
    """Return the import path of an object, and its settings if it is a partial function; the path is None without one.

    A partial function has the path of its function if its arguments are keywords with plain values.
    """
    if not isinstance(found, partial):
        return import_path(found), {}
    if found.args or not is_plain(found.keywords):
        return None, {}
    return import_path(found.func), dict(found.keywords)
