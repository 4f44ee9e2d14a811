"""Removal of the directory of a run that is refused before it has begun."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from ..errors import UserError


def missing_folders(folder: Path) -> list[Path]:
    """Return the folders that must be created so that a folder exists, innermost first."""
    return [each for each in (folder, *folder.parents) if not each.exists()]


@contextmanager
def removed_if_refused(path: Path, made: Sequence[Path], has_begun: Callable[[], bool]) -> Iterator[None]:
    """Remove a new run directory, and the empty folders made for it, if a UserError is raised before training.

    made: innermost first; has_begun: whether training has begun, after which nothing is removed.
    """
    try:
        yield
    except UserError:
        if not has_begun():
            shutil.rmtree(path, ignore_errors=True)
            remove_empty(made)
        raise


def remove_empty(folders: Sequence[Path]) -> None:
    """Remove folders, innermost first, as long as they are empty."""
    with suppress(OSError):  # another run is there
        for folder in folders:
            folder.rmdir()
