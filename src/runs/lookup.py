"""The runs that a user names by a path or by a part of their names."""

import os
import re
import shlex
from collections.abc import Sequence
from pathlib import Path

from ..errors import UserError, did_you_mean
from ..files.paths import expand_path
from .directory import CONFIG
from .index import Run, Runs, load_runs, read_row
from .output_directory import STATUS
from .scan import is_sweep

STAMP = re.compile(r"-\d{4}-\d{6}-[0-9a-f]{4}$")  # time and suffix of the directory of a run


def run_named(name: str, root: Path) -> str:
    """Return the path of the run that a user names by a path or, below the root, by its name or the end of the name.

    Raises UserError, with the nearest name, if there is none below the root. Without a root it is the name.
    """
    path = expand_path(name)
    if path.is_absolute() or path.exists() or not root.is_dir():
        return name
    return str(open_runs(root, [name])[0].path)


def open_runs(root: Path, names: Sequence[str]) -> list[Run]:
    """Return the runs that a user names, which need not be below the root if they are named by their paths.

    Raises UserError as `find`.
    """
    listed: Runs | None = None
    found = []
    for name in names:
        if (path := run_directory(root, name)) is not None:
            found.append(Run(path=path, name=relative_path(root, name) or name, row=read_row(path)))
        else:
            listed = listed or load_runs(root)
            found.append(find(listed, name))
    return found


def find(runs: Runs, name: str) -> Run:
    """Return the run that a user names: by a path, by the name of its directory, by the end of it after a dash, or by
    what precedes the time in it, as `name=` sets it.

    Raises UserError, with the nearest name, if there is none or if there are several.
    """
    if (path := relative_path(runs.root, name)) in runs.runs:
        return runs.runs[path]
    for is_meant in (
        lambda run: run.path.name == name,
        lambda run: run.path.name.endswith(f"-{name}"),
        lambda run: name and STAMP.sub("", run.path.name) == name,
    ):
        several = [run for run in runs.runs.values() if is_meant(run)]
        if len(several) == 1:
            return several[0]
        if several:
            raise UserError(
                f"'{name}' is the name of {len(several)} runs, one of them {several[0].path}; give the path"
            )
    if any(map(is_sweep, candidates(runs.root, name))):
        raise UserError(f"'{name}' is a sweep, not a run; nnzoo runs list {shlex.quote(name)} lists its runs")
    if any(map(os.path.isdir, candidates(runs.root, name))):
        raise UserError(f"'{name}' is not a run in {runs.root}; output_dir=... sets the directory of the runs")
    names = [
        text
        for run in runs.runs.values()
        for text in (run.name, run.path.name, run.path.name.rpartition("-")[2], STAMP.sub("", run.path.name))
    ]
    raise UserError(f"no run '{name}' in {runs.root}{did_you_mean(name, names)}")


def run_directory(root: Path, name: str) -> Path | None:
    """Return the path of a run, relative to the root or to the working directory, None if there is no run."""
    for path in candidates(root, name):
        if any(os.path.lexists(path / file) for file in (CONFIG, STATUS)) and not is_sweep(path):
            return path
    return None


def relative_path(root: Path, name: str) -> str | None:
    """Return the path, relative to the root, of an existing directory below the root; None if there is none."""
    top = os.path.realpath(root)
    for path in candidates(root, name):
        real = os.path.realpath(path)
        if os.path.isdir(real) and real.startswith(top.rstrip(os.sep) + os.sep):
            return os.path.relpath(real, top).replace(os.sep, "/")
    return None


def candidates(root: Path, name: str) -> tuple[Path, ...]:
    """Return the paths that a user may mean, none for an empty name, such as that of a variable which is not set."""
    return (root / name, Path(name)) if name else ()
