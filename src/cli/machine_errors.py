"""Errors that the machine causes, such as a full disk or too little memory: no bugs, and told in one line."""

import errno
import re

CODES = frozenset(
    getattr(errno, name)
    for name in ("ENOSPC", "EDQUOT", "EFBIG", "EROFS", "EACCES", "EPERM", "EIO", "EMFILE", "ENFILE", "ENAMETOOLONG")
    if hasattr(errno, name)
)
ALLOCATION = re.compile(r"tried to allocate ([\d.]+ (?:bytes|[KMGT]iB))")
OUT_OF_MEMORY = re.compile(r"can't allocate memory|not enough memory|out of memory", re.IGNORECASE)
LONGEST = 80  # characters of a file name in a message


def machine_error(error: BaseException) -> str | None:
    """Return the message for an error that the machine causes, None for any other error."""
    if isinstance(error, OSError) and error.errno in CODES:
        name = str(error.filename or "")
        shown = name if len(name) <= LONGEST else f"{name[:LONGEST]}..."
        return f"cannot use {shown}: {error.strerror}" if name else str(error.strerror)
    if isinstance(error, MemoryError) or (isinstance(error, RuntimeError) and OUT_OF_MEMORY.search(str(error))):
        size = ALLOCATION.search(str(error))
        return f"there is not enough memory{f' for {size[1]}' if size else ''}; choose smaller sizes"
    return None
