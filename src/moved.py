"""What configs of earlier versions say, as this version says it. Imports no torch."""

from typing import Any

MOVED: dict[str, str] = {}
"""Where a class was -> where it is, as a `_target_` names it."""

WAS = {new: old for old, new in MOVED.items()}


def current(config: Any) -> Any:
    """Return the plain data of a config in which every `_target_` names its class where it is now."""
    return renamed(config, MOVED)


def original(config: Any) -> Any:
    """Return the plain data of a config as the first version would have said it.

    A fingerprint of it does not change with the layout of the package.
    """
    return renamed(config, WAS)


def renamed(node: Any, names: dict[str, str]) -> Any:
    """Return plain data with other names in every `_target_`."""
    if isinstance(node, list):
        return [renamed(each, names) for each in node]
    if not isinstance(node, dict):
        return node
    return {
        key: names.get(value, value) if key == "_target_" and isinstance(value, str) else renamed(value, names)
        for key, value in node.items()
    }
