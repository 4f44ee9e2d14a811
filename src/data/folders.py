"""Where data lies on a machine."""

import os
from pathlib import Path

from ..errors import UserError


def cache() -> Path:
    """Return the folder for what is downloaded or unpacked: $XDG_CACHE_HOME/nnzoo or ~/.cache/nnzoo."""
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "nnzoo"


def data_folder(root: str | None) -> Path:
    """Return the folder to read from: `root`, else $NNZOO_DATA, else the cache."""
    return Path(root or os.environ.get("NNZOO_DATA") or cache()).expanduser()


def data_file(root: str | None, name: str, what: str) -> Path:
    """Return a file of that folder. Raises UserError that says `what` to put there if it is missing."""
    path = data_folder(root) / name
    if not path.is_file():
        raise UserError(
            f"{name} is not in {path.parent}; put {what} there, "
            "or set data.root or the environment variable NNZOO_DATA to its folder"
        )
    return path
