"""Locks of files, which the operating system releases when the process ends, however it ends."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from ..errors import UserError

try:
    import fcntl
except ImportError:  # Windows has no such locks
    fcntl = None  # type: ignore[assignment]


class LockedError(Exception):
    """Another process holds the lock; the message names it."""


@contextmanager
def exclusive(path: Path, *, wait: bool = False) -> Iterator[BinaryIO]:
    """Hold the lock of a file, which is created, names process and host, and stays. Yields the open file.

    wait: wait until the lock is free. Without locks, as on Windows and on some network file systems, nothing is locked.
    Raises LockedError if another process holds the lock, UserError if the file cannot be written.
    """
    try:
        file = path.open("ab+", buffering=0)
    except OSError as error:
        raise UserError(f"cannot write to {path.parent}: {error.strerror}") from error
    with file:
        if not acquire(file, wait=wait):
            raise LockedError(holder(path))
        with suppress(OSError):  # the disk is full: the lock works without its text
            file.truncate(0)
            file.write(f"process {os.getpid()} on {socket.gethostname()}\n".encode())
        yield file


def acquire(file: BinaryIO, *, wait: bool = False) -> bool:
    """Lock an open file until it is closed; return False if another process has locked it."""
    if fcntl is None:
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # the file system has no locks
        return True
    return True


def is_held(path: Path) -> bool:
    """Return whether a process holds the lock of a file; True if the file cannot be read, or if there are no locks."""
    if fcntl is None:
        return True
    try:
        with path.open("rb") as file:
            return not acquire(file)
    except OSError:
        return True


def holder(path: Path) -> str:
    """Return the process and the host that hold, or held, the lock of a file."""
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip() or "another process"
    except OSError:
        return "another process"


def is_alive(holder: str) -> bool:
    """Return whether the process that `holder` names may be alive: it is, or it is on another host."""
    words = holder.split()
    if len(words) != 4 or not words[1].isdecimal() or words[3] != socket.gethostname():
        return True
    try:
        os.kill(int(words[1]), 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
