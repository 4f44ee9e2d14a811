"""Selection of runs by folder and by settings. Imports no torch."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from ..errors import UserError, unknown
from ..files.paths import expand_path
from .directory import RunDirectory
from .settings import Settings


def select_runs(root: Path, filters: Sequence[str], *, last: int | None = None) -> list[RunDirectory]:
    """Return the runs that match all filters, sorted by path.

    root: folder that is searched, also inside sweeps; filters: folders (of a run, a sweep, a data set), of which one
    must contain the run, and settings KEY=VALUE, all of which the run must have; last: only the newest ones.
    Raises UserError if there are none.
    """
    folders = [expand_path(each) for each in filters if "=" not in each or expand_path(each).is_dir()]
    wanted = [each.partition("=") for each in filters if "=" in each and not expand_path(each).is_dir()]
    for folder in folders or [root]:
        if not folder.is_dir():
            raise UserError(f"{folder} does not exist; give a folder with runs, or a setting KEY=VALUE of runs")
    found = {path: settings_of(path) for folder in folders or [root] for path in find_runs(folder)}
    if not found:
        raise UserError(f"there is no run in {', '.join(map(str, folders or [root]))}")
    for key, _, text in wanted:
        values = {path: settings.value(key) for path, settings in found.items()}
        there = {str(value) for value in values.values() if value is not None}
        if not there:
            raise unknown("setting", key, {key for settings in found.values() for key in known_keys(settings)})
        found = {path: found[path] for path, value in values.items() if equals(value, text)}
        if not found:
            raise UserError(f"no run has {key}={text}; there are: {', '.join(sorted(there))}")
    newest = sorted(found, key=lambda path: (path / "config.yaml").stat().st_mtime, reverse=True)[:last]
    return [RunDirectory(path) for path in sorted(newest)]


def find_runs(folder: Path) -> list[Path]:
    """Return the run directories in a folder, also in subfolders; the folder itself if it is one."""
    if (folder / "config.yaml").is_file():
        return [folder]
    return [run for each in sorted(folder.iterdir()) if each.is_dir() for run in find_runs(each)]


def settings_of(path: Path) -> Settings:
    """Return config and overrides of a run."""
    directory = RunDirectory(path)
    return Settings(directory.config(), directory.overrides())


def known_keys(settings: Settings) -> set[str]:
    """Return the keys of the groups and settings of a run."""
    return {*settings.choices, *dotted_keys(settings.config)}


def dotted_keys(node: dict[str, Any], prefix: str = "") -> set[str]:
    """Return the dotted keys of the values of a config."""
    found: set[str] = set()
    for key, value in node.items():
        found |= dotted_keys(value, f"{prefix}{key}.") if isinstance(value, dict) else {prefix + key}
    return found


def equals(value: Any, text: str) -> bool:
    """Return whether a setting has a value that is given as text: 1e-2 is 0.01, and true is True."""
    try:
        return value is not None and (str(value) == text or float(text) == value or yaml.safe_load(text) == value)
    except (ValueError, yaml.YAMLError):
        return bool(yaml.safe_load(text) == value) if text in ("true", "false") else False
