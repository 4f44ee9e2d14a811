"""Finding and reading a text file."""

import os
from pathlib import Path

from ..errors import UserError, nearest


def find(name: str, root: str | None) -> Path:
    """Return the path of a file: under `root` or, without it, here and under $NNZOO_DATA.

    Raises UserError, with the folders and perhaps the nearest name, if it is in none of them.
    """
    folders = [Path(f).expanduser() for f in ([root] if root else [".", os.environ.get("NNZOO_DATA")]) if f]
    paths = [folder / Path(name).expanduser() for folder in folders]
    for path in paths:
        if path.is_file():
            return path
    parents = {path.parent.resolve(): None for path in paths}
    names = [each.name for parent in parents if parent.is_dir() for each in parent.iterdir()]
    raise UserError(
        f"no file {Path(name).name} in {' or '.join(map(str, parents))}; "
        f"put it there, or set root or the environment variable NNZOO_DATA{nearest(Path(name).name, names)}"
    )


def read(path: Path) -> str:
    """Return a text, its lines ended by one newline each, as Unix has them.

    Raises UserError if it is empty or not UTF-8.
    """
    try:
        text = path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        byte = f"byte {error.start} is 0x{error.object[error.start]:02x}"
        raise UserError(f"{path} is not a UTF-8 text: {byte} ({error.reason})") from None
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    if not text.strip():
        raise UserError(f"{path} is empty")
    return text
