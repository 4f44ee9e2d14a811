"""Finding, reading and normalizing text files."""

import unicodedata
from pathlib import Path

from ..errors import UserError, did_you_mean
from .paths import expand_path, search_folders

NUL = "is not a UTF-8 text: it has null characters, as UTF-16 has; save it as UTF-8"


def find_text_file(name: str, root: str | None) -> Path:
    """Return the path of a file below `root` or, if that is None, below the current folder or $NNZOO_DATA.

    Raises UserError with the folders and the nearest name if no file is found.
    """
    paths = [folder / expand_path(name) for folder in search_folders(root)]
    for path in paths:
        if path.is_file():
            return path
    parents = {path.parent.resolve(): None for path in paths}
    names = [each.name for parent in parents if parent.is_dir() for each in parent.iterdir()]
    raise UserError(
        f"no file {Path(name).name} in {' or '.join(map(str, parents))}; "
        f"put it there, or set root or the environment variable NNZOO_DATA{did_you_mean(Path(name).name, names)}"
    )


def read(path: Path) -> str:
    """Return the text of a file after `normalize`.

    Raises UserError if it is empty, not UTF-8, or has null characters as UTF-16 without a byte order mark.
    """
    try:
        text = path.read_bytes().decode("utf-8")
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror}") from None
    except UnicodeDecodeError as error:
        byte = f"byte {error.start} is 0x{error.object[error.start]:02x}"
        raise UserError(f"{path} is not a UTF-8 text: {byte} ({error.reason}); save it as UTF-8") from None
    if "\0" in text:
        raise UserError(f"{path} {NUL}")
    text = normalize(text.removeprefix("\ufeff"))
    if not text.strip():
        raise UserError(f"{path} is empty")
    return text


def normalize(text: str) -> str:
    """Return a text in Unicode form NFC with "\\n" at the end of each line.

    >>> normalize("re\\u0301sume\\u0301\\r\\n") == "r\\xe9sum\\xe9\\n"
    True
    """
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))


def lower(text: str) -> str:
    """Return a text in lower case and normalized: str.lower alone may change the Unicode form.

    >>> len("J\\u030c".lower()), len(lower("J\\u030c"))
    (2, 1)
    """
    return normalize(text.lower())
