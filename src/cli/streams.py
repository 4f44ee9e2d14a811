"""Standard streams that a program can rely on. Imports no torch."""

import io
import os
import sys

NAMES = ("stdin", "stdout", "stderr")


def complete() -> None:
    """Open the standard streams that the process was started without, to nowhere; let every character be written.

    Else the next file that is opened takes the number of the one that is missing, and what a library writes to
    standard error ends up in it. A character that a terminal does not have is written with a backslash.
    """
    for number, name in enumerate(NAMES):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free
        if getattr(sys, name) is None:
            setattr(sys, name, open(number, "r" if number == 0 else "w", encoding="utf-8", closefd=False))  # noqa: SIM115
        stream = getattr(sys, name)
        if number and isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def shown(text: str, otherwise: str) -> str:
    """Return a text if standard output has its characters, else another one."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return otherwise
    return text
