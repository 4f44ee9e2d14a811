"""What is recorded of the user's data beside its checksum, so that a change of it can be described in words.

A record has the number of `rows`, `files` or `bytes`; of tables also the names of the `columns`; and checksums of the
`names` of files and of the rows in `any_order`.
"""

import hashlib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..errors import join_names

Contents = Mapping[str, Any]
COUNTS = ("rows", "files", "bytes")
MOST_NAMES = 8


def of_files(files: Sequence[Path], root: Path | None = None) -> dict[str, Any]:
    """Return the record of files; root: the folder whose files they are, None for files with a fixed role."""
    size = sum(file.stat().st_size for file in files)
    if root is None:
        return {"bytes": size}
    names = b"\0".join(sorted(os.fsencode(os.path.relpath(file, root)) for file in files))
    return {"files": len(files), "names": hashlib.sha256(names).hexdigest()}


def describe_change(before: Contents, now: Contents) -> str:
    """Return in what data with another checksum differs from the data of a record, which may be empty."""
    found = [f"it has {now[key]} {key}, not {before[key]}" for key in COUNTS if differs(before, now, key)]
    if differs(before, now, "columns"):
        found.append(describe_columns(before["columns"], now["columns"]))
    if found:
        return "; ".join(found)
    if differs(before, now, "names"):
        return "its files have other names"
    if before.get("any_order") and before["any_order"] == now.get("any_order"):
        return "its rows are in another order"
    return "its values have changed" if "rows" in before and "rows" in now else "its content has changed"


def differs(before: Contents, now: Contents, key: str) -> bool:
    """Return whether an entry is known of both and differs."""
    return key in before and key in now and before[key] != now[key]


def describe_columns(before: Sequence[str], now: Sequence[str]) -> str:
    """Return how the names of columns differ."""
    gone, added = [each for each in before if each not in now], [each for each in now if each not in before]
    if not gone and not added:
        return "its columns are in another order"
    texts = [
        f"{what}: {join_names(names, MOST_NAMES)}"
        for what, names in (("missing columns", gone), ("new columns", added))
        if names
    ]
    return "; ".join(texts)
