"""The lock of a run directory, held while a process trains in it."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from ..errors import UserError
from .directory import RunDirectory

try:
    import fcntl
except ImportError:  # Windows has no such locks
    fcntl = None  # type: ignore[assignment]


_held: set[Path] = set()  # locked directories of this process


class ActiveRun(UserError):
    """A run that another process trains."""


@contextmanager
def locked(directory: RunDirectory) -> Iterator[None]:
    """Hold the lock of a run directory. The operating system releases it when the process ends, however it ends.

    The lock file names process and host, and stays. Contexts of the same directory can be nested. Without locks, as on
    Windows and on some network file systems, nothing is locked. Raises ActiveRun if another process holds the lock,
    UserError if the file cannot be written.
    """
    path = directory.path.resolve()
    if path in _held:
        yield
        return
    try:
        file = directory.lock_file.open("ab+", buffering=0)
    except OSError as error:
        raise UserError(f"cannot write to {directory.path}: {error.strerror}") from error
    with file:
        if not acquire(file):
            file.seek(0)
            holder = file.read().decode(errors="replace").strip() or "another process"
            raise ActiveRun(f"the run {directory.path} is active in {holder}; stop it first, or wait until it ends")
        with suppress(OSError):  # the disk is full: the lock works without its text
            file.truncate(0)
            file.write(f"process {os.getpid()} on {socket.gethostname()}\n".encode())
        _held.add(path)
        try:
            yield
        finally:
            _held.remove(path)


def acquire(file: BinaryIO) -> bool:
    """Lock an open file until it is closed; return False if another process has locked it."""
    if fcntl is None:
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # the file system has no locks
        return True
    return True
