"""Checks that a run writes into its own directory only."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path, PurePath
from typing import Any

from ..errors import UserError

PLACES = ("dir", "dirpath", "path", "file", "folder", "uri", "url", "location", "host")
"""Last words of the names of settings that say where something is written, such as save_dir and tracking_uri."""


def check_links(directory: Path) -> None:
    """Raise UserError for links in a run directory that lead out of it, and for pipes and devices.

    What is written to such a file would go elsewhere.
    """
    root = directory.resolve()
    for folder, folders, files in os.walk(directory):
        for name in [*folders, *files]:
            path = Path(folder, name)
            try:
                kind = path.lstat().st_mode
            except FileNotFoundError:  # another process, which trains the run, has renamed its draft
                continue
            if stat.S_ISLNK(kind) and not path.resolve().is_relative_to(root):
                raise UserError(
                    f"{path} is a link to {os.readlink(path)}, outside of the run directory; remove it first"
                )
            if not (stat.S_ISLNK(kind) or stat.S_ISREG(kind) or stat.S_ISDIR(kind)):
                raise UserError(f"{path} is neither a file nor a folder; remove it first")


def check_outputs(config: dict[str, Any], given: set[str], directory: Path | None) -> None:
    """Raise UserError for a callback or logger of a saved config that writes outside of the run directory.

    given: keys of the settings that the command line sets, which may name any place; directory: that of the run, None
    if it is not created yet.
    """
    for section in ("callbacks", "logger"):
        for key, value in texts(config[section], section):
            if key not in given and is_outside(key.rpartition(".")[2], value, directory):
                raise UserError(
                    f"{key} of the saved run is {value!r}, which may lie outside of the run directory; "
                    f"if you want it, give it again: {key}=..."
                )


def texts(node: Any, key: str) -> Iterator[tuple[str, str]]:
    """Yield the dotted key and the value of each text in a config."""
    if isinstance(node, str):
        yield key, node
    elif isinstance(node, dict):
        for name, each in node.items():
            yield from texts(each, f"{key}.{name}")
    elif isinstance(node, list):
        for each in node:
            yield from texts(each, key)


def is_outside(name: str, value: str, directory: Path | None) -> bool:
    """Return whether a setting of a callback or logger can lead out of the directory of a run."""
    path = PurePath(value)
    if ".." in path.parts or "://" in value or value.startswith("~") or "$" in value or "\0" in value:
        return True
    if not path.is_absolute():  # relative to the working directory, if it is a path
        return name.rpartition("_")[2].lower() in PLACES or name.lower().endswith(("dir", "path"))
    return directory is None or not Path(value).resolve().is_relative_to(directory.resolve())
