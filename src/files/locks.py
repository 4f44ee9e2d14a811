"""Locks of files, which the operating system releases when the process ends, however it ends."""

import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from ..errors import UserError

try:
    import fcntl
except ImportError:  # Windows has no such locks
    fcntl = None  # type: ignore[assignment]

PATIENCE = 0.2  # seconds until a lock counts as held; `is_held` holds it for a moment
POLL = 0.02
ATTEMPTS = 3  # to lock a file that others delete


class LockedError(Exception):
    """Another process holds the lock; the message names it."""


@contextmanager
def exclusive(path: Path, *, wait: bool = False) -> Iterator[BinaryIO]:
    """Hold the lock of a file, which is created, names process and host, and stays. Yields the open file.

    wait: wait until the lock is free. On file systems without locks, the name in the file stands for the lock: it
    counts as held if the process is alive and on this host. On Windows, nothing is locked.
    Raises LockedError if another process holds the lock, UserError if the file cannot be written.
    """
    with lock_of(path, wait=wait) as file:
        with suppress(OSError):  # the disk is full: the lock works without its text
            file.truncate(0)
            file.write(f"process {os.getpid()} on {socket.gethostname()}\n".encode())
        try:
            yield file
        finally:
            if not has_locks(file):  # the name stands for the lock
                with suppress(OSError):
                    file.truncate(0)


def lock_of(path: Path, *, wait: bool) -> BinaryIO:
    """Return the open file of a lock that this process holds. Raises as `exclusive`."""
    for attempt in range(ATTEMPTS):
        try:
            file = path.open("ab+", buffering=0)
        except OSError as error:
            raise UserError(f"cannot write to {path.parent}: {error.strerror}") from error
        if not acquire(file, wait=wait):
            file.close()
            raise LockedError(holder(path))
        if attempt == ATTEMPTS - 1 or is_open_at(path, file):
            break
        file.close()  # another process has deleted it meanwhile
    return file


def is_open_at(path: Path, file: BinaryIO) -> bool:
    """Return whether an open file is still the one at a path."""
    try:
        return os.path.samestat(path.stat(), os.fstat(file.fileno()))
    except OSError:
        return False


def acquire(file: BinaryIO, *, wait: bool) -> bool:
    """Lock an open file until it is closed; return False if another process has locked it."""
    if fcntl is None:
        return True
    until = time.monotonic() + PATIENCE
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                return False
            time.sleep(POLL)
        except OSError:  # the file system has no locks
            return wait or not names_living_process(file)
        else:
            return True


def has_locks(file: BinaryIO) -> bool:
    """Return whether an open file that this process has locked can be locked."""
    if fcntl is None:
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def is_held(path: Path) -> bool:
    """Return whether a process holds the lock of a file; True if the file cannot be read, or if there are no locks."""
    if fcntl is None:
        return True
    try:
        with path.open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)  # NFS has no exclusive locks of files open for reading
            except BlockingIOError:
                return True
            except OSError:
                return names_living_process(file)
            return False
    except OSError:
        return True


def names_living_process(file: BinaryIO) -> bool:
    """Return whether an open file of a lock names a process of this host that is alive."""
    file.seek(0)
    text = file.read().decode(errors="replace")
    return socket.gethostname() in text.split() and is_alive(text)


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
