"""Where data lies on a machine."""

import os
import tempfile
from pathlib import Path

from ..errors import UserError
from ..files.paths import expand_path


def cache() -> Path:
    """Return the folder for what is downloaded or unpacked.

    It is $XDG_CACHE_HOME/nnzoo or ~/.cache/nnzoo; without a home directory that can be written to, a folder for this
    user among the temporary files.
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
    """Return a file of that folder. Raises UserError that says `what` to put there if it is missing."""
    path = data_folder(root) / name
    if not path.is_file():
        raise UserError(
            f"{name} is not in {path.parent}; put {what} there, "
            "or set data.root or the environment variable NNZOO_DATA to its folder"
        )
    return path
