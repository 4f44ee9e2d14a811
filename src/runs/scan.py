"""Find the run directories below a directory, and the sizes of files, without reading any."""

import os
from pathlib import Path
from typing import NamedTuple

from .directory import CONFIG, FOLDERS, METRICS, RESULTS, TAGS
from .output_directory import STATUS

RANGE_TEST = "lr_find.csv"  # in the directory of a learning-rate range test, which trains no network
LISTED = (CONFIG, STATUS, RESULTS, TAGS, METRICS)  # files from which listings are made
SWEEP_FILES = frozenset({"sweep.yaml", "sweep.csv", "best.yaml", "study.log", "multirun.yaml"})
"""Files in the directory of a sweep; multirun.yaml is written by Hydra's launchers."""


class Scan(NamedTuple):
    """The directories found below a root, by their paths relative to it.

    runs: path -> signature of the files of a run, which changes if one of them does; sweeps: directories of sweeps;
    unreadable: path -> reason.
    """

    runs: dict[str, str]
    sweeps: list[str]
    unreadable: dict[str, str]


def scan(root: Path) -> Scan:
    """Find all runs below a root, at any depth. Links to directories and hidden directories are not followed."""
    found = Scan({}, [], {})
    waiting = [""]
    while waiting:
        below = waiting.pop()
        try:
            with os.scandir(root / below) as entries:
                there = {entry.name: entry for entry in entries}
        except FileNotFoundError:  # deleted in the meantime
            continue
        except OSError as error:
            found.unreadable[below] = error.strerror or type(error).__name__
            continue
        of_sweep = not SWEEP_FILES.isdisjoint(there)
        is_run = (CONFIG in there or STATUS in there) and not of_sweep and RANGE_TEST not in there
        if below and of_sweep:  # never the root itself
            found.sweeps.append(below)
        elif below and is_run:
            found.runs[below] = signature(there)
        for name, entry in there.items():
            if not name.startswith(".") and not (is_run and name in FOLDERS) and is_folder(entry):
                waiting.append(f"{below}/{name}" if below else name)
    return found


def is_sweep(path: Path) -> bool:
    """Return whether a directory is that of a sweep, which has a status as runs have."""
    return any(os.path.isfile(path / name) for name in SWEEP_FILES)


def signature(entries: "dict[str, os.DirEntry[str]]") -> str:
    """Return a text that changes if a file from which listings are made is written, added or removed."""
    parts = []
    for name in LISTED:
        entry = entries.get(name)
        try:
            state = entry.stat() if entry else None
        except OSError:  # a broken link, or deleted in the meantime
            state = None
        parts.append(f"{state.st_mtime_ns}:{state.st_size}:{state.st_ino}" if state else "-")
    return " ".join(parts)


def is_folder(entry: "os.DirEntry[str]") -> bool:
    """Return whether an entry is a directory, not a link to one."""
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:
        return False


def file_sizes(directory: Path) -> dict[str, int]:
    """Return the sizes in bytes of all files below a directory by their relative paths; links are not followed."""
    found = {}
    for folder, _, names in os.walk(directory):
        for name in names:
            path = os.path.join(folder, name)
            try:
                found[os.path.relpath(path, directory)] = os.lstat(path).st_size
            except OSError:  # deleted in the meantime
                continue
    return dict(sorted(found.items()))
