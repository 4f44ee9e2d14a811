"""Atomic writes: a file is written to a temporary name and then renamed. JSON without NaN."""

import json
import math
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any


def write_json(path: Path, value: Any) -> None:
    """Write JSON atomically. NaN and infinities become null, since JSON lacks them."""
    write(path, json.dumps(nan_to_none(value), indent=2, allow_nan=False) + "\n")


def nan_to_none(node: Any) -> Any:
    """Return plain data with None instead of non-finite numbers."""
    if isinstance(node, dict):
        return {key: nan_to_none(value) for key, value in node.items()}
    if isinstance(node, list | tuple):
        return [nan_to_none(value) for value in node]
    return None if isinstance(node, float) and not math.isfinite(node) else node


def none_to_nan(node: Any) -> Any:
    """Return plain data with NaN instead of None."""
    if isinstance(node, dict):
        return {key: none_to_nan(value) for key, value in node.items()}
    if isinstance(node, list):
        return [none_to_nan(value) for value in node]
    return math.nan if node is None else node


def write(path: Path, content: str | bytes) -> None:
    """Write a file atomically."""
    draft = draft_of(path)
    try:
        draft.write_bytes(content.encode() if isinstance(content, str) else content)
        os.replace(draft, path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def draft_of(path: Path) -> Path:
    """Return the temporary name under which this process writes a file."""
    return path.with_name(f".{path.name}.{os.getpid()}")


def remove_drafts(folder: Path, names: Iterable[str]) -> None:
    """Delete temporary files that killed processes have left of files with these names, which may be shell patterns."""
    for name in names:
        for draft in folder.glob(f".{name}.*"):
            if draft.suffix[1:].isdecimal():
                with suppress(OSError):
                    draft.unlink()
