"""The user's files: where they are, and whether they are still the same."""

import hashlib
from pathlib import Path

from ..errors import UserError, nearest

TABLES = (".csv", ".tsv", ".txt")  # suffixes of files that are read as tables


def existing(name: str | Path) -> Path:
    """Return the path of a file that is there. Raises UserError with the nearest name in its folder."""
    path = expanded(name)
    if path.is_dir():
        raise UserError(f"{name} is a folder, not a file")
    if not path.is_file():
        names = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []
        raise UserError(f"no file {name}{nearest(path.name, names)}")
    return path


def expanded(name: str | Path) -> Path:
    """Return a path with a leading ~ replaced by the home directory, if there is one; other names stay as they are."""
    try:
        return Path(name).expanduser()
    except RuntimeError:  # no such user, or no home directory
        return Path(name)


def digest(path: Path) -> str:
    """Return the SHA-256 checksum of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
