"""Repair of missing standard streams and of characters that they cannot encode. Imports no torch."""

import io
import os
import sys

NAMES = ("stdin", "stdout", "stderr")


def prepare() -> None:
    """Open missing standard streams on the null device, and escape characters that a stream cannot encode.

    Otherwise the next file that is opened gets the descriptor of the missing stream, and what a library writes to
    standard error ends up in that file. Characters outside the encoding are written as backslash escapes.
    """
    for number, name in enumerate(NAMES):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest free descriptor
        if getattr(sys, name) is None:
            setattr(sys, name, open(number, "r" if number == 0 else "w", encoding="utf-8", closefd=False))  # noqa: SIM115
        stream = getattr(sys, name)
        if number and isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def printable(text: str, otherwise: str) -> str:
    """Return a text if standard output can encode it, else `otherwise`."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return otherwise
    return text
