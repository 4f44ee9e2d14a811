"""Paths and checksums of the user's files."""

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from unicodedata import normalize

from ..errors import UserError, did_you_mean

TABLES = (".csv", ".tsv", ".txt")  # suffixes of files that are read as tables


def existing_file(name: str | Path) -> Path:
    """Return the path of an existing file; accents in its name may be encoded in any Unicode form.

    Raises UserError with the nearest name in its folder if the file does not exist, and if it is not accessible.
    """
    path = expand_path(name)
    try:
        if path.is_dir():
            raise UserError(f"{name} is a folder, not a file")
        if path.is_file():
            return path
        others = list(path.parent.iterdir()) if path.parent.is_dir() else []
    except OSError as error:
        raise UserError(f"cannot read {name}: {error.strerror}") from error
    same = [other for other in others if normalize("NFC", other.name) == normalize("NFC", path.name)]
    if same and same[0].is_file():
        return same[0]
    raise UserError(f"no file {name}{did_you_mean(path.name, [other.name for other in others])}")


def expand_path(name: str | Path) -> Path:
    """Expand a leading ~ and environment variables such as $HOME in a path.

    Unknown variables stay unchanged, and so does the part of a path that exists literally.
    """
    path = Path(name)
    if "$" in str(name):
        existing = next((part for part in (path, *path.parents) if os.path.lexists(part)), Path())
        rest = os.path.expandvars(path.relative_to(existing))
        path = Path(rest) if existing == Path() else existing / rest.lstrip(os.sep)
    try:
        return path.expanduser()
    except RuntimeError:  # no such user, or no home directory
        return path


def search_folders(root: str | None = None) -> list[Path]:
    """Return where the user's files are searched: in `root` or, if that is None, the current folder and $NNZOO_DATA."""
    return [expand_path(folder) for folder in ([root] if root else [".", os.environ.get("NNZOO_DATA")]) if folder]


def digest(path: Path) -> str:
    """Return the SHA-256 checksum of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def digest_of(files: Sequence[Path]) -> str:
    """Return a checksum of files, of one file its own."""
    return digest(files[0]) if len(files) == 1 else hashlib.sha256("".join(map(digest, files)).encode()).hexdigest()
