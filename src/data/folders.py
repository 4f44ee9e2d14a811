"""Folders of data files and of the cache."""

import os
import tempfile
from pathlib import Path

from ..errors import UserError
from ..files.paths import expand_path


def cache() -> Path:
    """Return the folder for downloaded and unpacked files.

    It is $XDG_CACHE_HOME/nnzoo or ~/.cache/nnzoo; without a writable home directory, a folder of this user in the
    directory for temporary files.
    """
    if given := os.environ.get("XDG_CACHE_HOME"):
        return expand_path(given) / "nnzoo"
    folder = expand_path("~/.cache")
    there = next(parent for parent in (folder, *folder.parents) if parent.exists())
    if folder.is_absolute() and os.access(there, os.W_OK):
        return folder / "nnzoo"
    return Path(tempfile.gettempdir()) / f"nnzoo-{os.getuid()}"


def data_folder(root: str | None) -> Path:
    """Return the folder to read from: `root`, else $NNZOO_DATA, else the cache."""
    return expand_path(root or os.environ.get("NNZOO_DATA") or cache())


def data_file(root: str | None, name: str, what: str) -> Path:
    """Return a file of the data folder. Raises UserError if it is missing; what: a description of the file."""
    path = data_folder(root) / name
    if not path.is_file():
        raise UserError(
            f"{name} is not in {path.parent}; put {what} there, "
            "or set data.root or the environment variable NNZOO_DATA to its folder"
        )
    return path
