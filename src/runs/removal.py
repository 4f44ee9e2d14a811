"""Deletion of run directories and of directories of sweeps."""

import shutil
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from ..errors import UserError
from .directory import RunDirectory
from .index import Run, Runs
from .lock import was_killed


def check_removable(found: Runs, runs: Sequence[Run], sweeps: Sequence[str], *, force: bool) -> None:
    """Raise UserError if a directory must not be deleted.

    A run must show by the content of its files that it is one. Runs and sweeps must not be running, unless `force` is
    true, and must not contain a run that is not among `runs`.
    """
    for run in runs:
        if not is_ours(RunDirectory(run.path)):
            raise UserError(f"none of the files in {run.path} shows that it is a run; delete it yourself if it is one")
    for path in (*(found.root / name for name in sweeps), *(run.path for run in runs)):
        if not force and RunDirectory(path).status() == "running" and not was_killed(path):
            raise UserError(f"{path} is running, or was killed; force=true deletes it anyway")
    chosen = {run.name for run in runs}
    of_runs = {parent for name in chosen for parent in ancestors(name)}
    for name in sweeps:
        if name not in of_runs and PurePosixPath(name).parent.name != "sweeps":
            raise UserError(
                f"{found.root / name} contains no run; delete it yourself if it is the directory of a sweep"
            )
    for name in found.runs.keys() - chosen:
        if outer := next((parent for parent in ancestors(name) if parent in chosen or parent in sweeps), None):
            raise UserError(f"{found.root / outer} contains another run, {name}; name it too to delete both")


def ancestors(name: str) -> list[str]:
    """Return the paths of the directories that contain a run, relative to the root and without it."""
    return [str(parent) for parent in PurePosixPath(name).parents][:-1]


def is_ours(directory: RunDirectory) -> bool:
    """Return whether one of the files in a directory is what nnzoo writes into a run's directory."""
    keys = {"model", "data", "trainer"}, {"status", "message", "time"}, {"nnzoo", "torch", "command"}
    for read, expected in zip((directory.config, directory.state, directory.environment), keys, strict=True):
        try:
            if expected <= read().keys():
                return True
        except UserError:
            continue
    return False


def remove(path: Path) -> None:
    """Delete a directory; links in it are deleted, not followed. Raises UserError if this is not possible."""
    try:
        shutil.rmtree(path)
    except OSError as error:
        if path.exists():  # else another process was faster
            raise UserError(f"cannot delete {path}: {error.strerror}") from error
