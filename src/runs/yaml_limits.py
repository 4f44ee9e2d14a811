"""Limits of YAML files: nesting, and the size after aliases are replaced. A few bytes of aliases can mean gigabytes."""

from datetime import date
from typing import Any

import yaml

MAX_DEPTH = 50
MAX_NODES = 200_000  # after aliases are replaced
MAX_SCALAR = 100_000  # characters
PLAIN = (str, bool, int, float, date, type(None))


def check_text(text: str, loader: type) -> None:
    """Raise ValueError for a text that is nested too deeply, contains itself, or is too large with its aliases.

    Reads the text as a sequence of events, which takes time and memory in proportion to its length.
    """
    open_nodes: list[tuple[str | None, int]] = []  # anchor and size so far of the nodes that are not complete
    sizes: dict[str, int | None] = {}  # anchor -> size, None while the node is not complete
    for event in yaml.parse(text, Loader=loader):
        size = 1
        if isinstance(event, yaml.AliasEvent):
            found = sizes.get(str(event.anchor), 0)
            if found is None:
                raise ValueError(f"the value &{event.anchor} contains itself")
            size = found
        elif isinstance(event, yaml.CollectionStartEvent):
            if len(open_nodes) == MAX_DEPTH:
                raise ValueError(f"it is nested more than {MAX_DEPTH} times")
            open_nodes.append((event.anchor, 1))
            if event.anchor is not None:
                sizes[event.anchor] = None
            continue
        elif isinstance(event, yaml.CollectionEndEvent):
            anchor, size = open_nodes.pop()
            if anchor is not None:
                sizes[anchor] = size
        elif isinstance(event, yaml.ScalarEvent):
            if len(event.value) > MAX_SCALAR:
                raise ValueError(f"it has a value of {len(event.value)} characters; the limit is {MAX_SCALAR}")
            if event.anchor is not None:
                sizes[event.anchor] = size
        else:
            continue
        if open_nodes:
            anchor, total = open_nodes[-1]
            open_nodes[-1] = anchor, total + size
            if total + size > MAX_NODES:
                raise ValueError(f"it has more than {MAX_NODES} values")


def check_plain(node: Any, depth: int = 0) -> None:
    """Raise ValueError unless a tree consists of mappings, lists, texts, truth values, numbers of 64 bits and dates."""
    if depth > MAX_DEPTH:
        raise ValueError(f"it is nested more than {MAX_DEPTH} times")
    if isinstance(node, dict):
        for key, value in node.items():
            check_plain_value(key)
            check_plain(value, depth + 1)
    elif isinstance(node, list):
        for value in node:
            check_plain(value, depth + 1)
    else:
        check_plain_value(node)


def check_plain_value(value: Any) -> None:
    """Raise ValueError for a value that is none of `PLAIN`, and for an integer of more than 64 bits."""
    if not isinstance(value, PLAIN):
        raise ValueError(f"it has a value of type {type(value).__name__}")
    if isinstance(value, int) and value.bit_length() > 64:
        raise ValueError("it has an integer of more than 64 bits")
