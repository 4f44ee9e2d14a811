"""The lock of a run directory, held while a process trains in it."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from typing import BinaryIO, Self

from ..errors import UserError
from ..files.locks import LockedError, exclusive, holder, is_held
from .directory import RunDirectory

LOCKS = ("run.lock", "lock")  # of a run, of a sweep
KILLED = "killed"  # the status of a run that did not end and has no process
OPEN_FILES = Path("/proc/self/fd")  # of this process, as links, on Linux

_held: dict[Path, BinaryIO] = {}  # locks of this process by directory


class ActiveRun(UserError):
    """A run that a process trains."""


class LostRun(UserError):
    """The directory of a run was moved or deleted during training, or another process has taken the run.

    directory: where the run is now, None if this is not known or if it is that of another process.
    """

    def __init__(self, message: str, directory: RunDirectory | None = None) -> None:
        super().__init__(message)
        self.directory = directory


@contextmanager
def locked(directory: RunDirectory, *, force: bool = False) -> Iterator[None]:
    """Hold the lock of a run directory.

    force: take it from another process, which then ends when it would write its next checkpoint. Raises ActiveRun if
    another process holds the lock, or this one, and UserError if the file cannot be written.
    """
    path = directory.path.resolve()
    if path in _held:
        raise ActiveRun(f"the run {directory.path} is active in this process")
    if force:
        with suppress(OSError):  # then the file cannot be opened either, which says why
            directory.lock_file.unlink()
    with ExitStack() as stack:
        try:
            file = stack.enter_context(exclusive(directory.lock_file))
        except LockedError as error:
            raise ActiveRun(
                f"the run {directory.path} is active in {error}; stop it first, or wait until it ends "
                "(force=true resumes it all the same)"
            ) from error
        _held[path] = file
        stack.callback(_held.pop, path, None)
        yield


def release_all() -> None:
    """Release what a forked process has inherited: the run belongs to its parent, and must not outlive it."""
    for file in _held.values():
        file.close()
    _held.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=release_all)


def is_active(directory: RunDirectory) -> bool:
    """Return whether a process trains a run."""
    return directory.lock_file.is_file() and is_held(directory.lock_file)


def was_killed(path: Path) -> bool:
    """Return whether no process trains a run or runs a sweep; False if that is not known, as for earlier versions."""
    locks = [file for file in (path / name for name in LOCKS) if file.is_file()]
    return bool(locks) and not any(map(is_held, locks))


def current_status(status: str, path: Path) -> str:
    """Return the status of a run or a sweep with this status in its file: `killed` if it is running without a process.

    A kill changes no file.
    """
    return KILLED if status == "running" and was_killed(path) else status


@dataclass(frozen=True)
class Place:
    """Where a run is trained. lock: the content of its lock file when training began, None without one."""

    directory: RunDirectory
    lock: bytes | None

    @classmethod
    def of(cls, directory: RunDirectory) -> Self:
        """Return the place of a run that is about to be trained."""
        return cls(directory, content(directory.lock_file))

    def check(self) -> None:
        """Raise LostRun if the directory is no longer there, or no longer that of this process."""
        path = self.directory.path
        if self.lock is None or (found := content(self.directory.lock_file)) == self.lock:
            return
        if found is not None:
            raise LostRun(f"{holder(self.directory.lock_file)} has taken over the run {path}, which ends here")
        moved = self.moved()
        if moved is None:
            raise LostRun(f"the directory of the run, {path}, was moved or deleted during training")
        hint = f"; continue with: nnzoo train {quote(f'resume={moved.path}')}"
        saved = moved.checkpoint("last").is_file()
        raise LostRun(f"the directory of the run, {path}, was moved during training{hint if saved else ''}", moved)

    def moved(self) -> RunDirectory | None:
        """Return the present directory of the run, None if it does not exist or the system does not tell."""
        file = _held.get(self.directory.path.resolve())
        try:
            path = Path(os.readlink(OPEN_FILES / str(file.fileno()))) if file else None
        except OSError:
            return None
        return RunDirectory(path.parent) if path is not None and content(path) == self.lock else None


def content(file: Path) -> bytes | None:
    """Return the content of a lock file, None if it cannot be read."""
    try:
        return file.read_bytes()
    except OSError:
        return None
