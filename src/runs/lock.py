"""The lock of a run directory, held while a process trains in it."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from ..errors import UserError
from ..files.locks import LockedError, exclusive
from .directory import RunDirectory

_held: set[Path] = set()  # locked directories of this process


class ActiveRun(UserError):
    """A run that another process trains."""


@contextmanager
def locked(directory: RunDirectory) -> Iterator[None]:
    """Hold the lock of a run directory. Contexts of the same directory can be nested.

    Raises ActiveRun if another process holds the lock, UserError if the file cannot be written.
    """
    path = directory.path.resolve()
    if path in _held:
        yield
        return
    with ExitStack() as stack:
        try:
            stack.enter_context(exclusive(directory.lock_file))
        except LockedError as error:
            raise ActiveRun(
                f"the run {directory.path} is active in {error}; stop it first, or wait until it ends"
            ) from error
        _held.add(path)
        stack.callback(_held.remove, path)
        yield
