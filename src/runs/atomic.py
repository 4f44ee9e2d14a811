"""Files that are whole at any moment: written beside their place and put there at once."""

import json
import math
import os
from pathlib import Path
from typing import Any


def write_json(path: Path, value: Any) -> None:
    """Write JSON atomically. It has no NaN and no infinities; they become null."""
    write(path, json.dumps(defined(value), indent=2, allow_nan=False) + "\n")


def defined(node: Any) -> Any:
    """Return plain data with None for each number that is not finite."""
    if isinstance(node, dict):
        return {key: defined(value) for key, value in node.items()}
    if isinstance(node, list | tuple):
        return [defined(value) for value in node]
    return None if isinstance(node, float) and not math.isfinite(node) else node


def undefined(node: Any) -> Any:
    """Return plain data whose leaves are numbers, with NaN for each None."""
    if isinstance(node, dict):
        return {key: undefined(value) for key, value in node.items()}
    if isinstance(node, list):
        return [undefined(value) for value in node]
    return math.nan if node is None else node


def write(path: Path, text: str) -> None:
    """Write a file atomically."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        draft.write_text(text, encoding="utf-8")
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)
