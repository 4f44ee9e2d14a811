"""Where data lies on a machine."""

import os
from pathlib import Path


def cache() -> Path:
    """Return the folder for what is downloaded or unpacked: $XDG_CACHE_HOME/nnzoo or ~/.cache/nnzoo."""
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "nnzoo"


def data_folder(root: str | None) -> Path:
    """Return the folder to read from: `root`, else $NNZOO_DATA, else the cache."""
    return Path(root or os.environ.get("NNZOO_DATA") or cache()).expanduser()
