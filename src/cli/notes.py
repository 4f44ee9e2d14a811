"""Notes of a command: the description of the data, and warnings that the user should read."""

import logging
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO

from ..errors import DataWarning, PluginWarning

NOTES = (DataWarning, PluginWarning)


@contextmanager
def print_notes() -> Iterator[None]:
    """Print the description of the data to standard output, and notes to standard error, each line once.

    Notes are warnings about the data and about plug-ins.
    """
    shown: set[str] = set()
    log = logging.getLogger("nnzoo.data")

    def print_once(line: str, file: TextIO | None) -> None:
        if line not in shown and file is not None:
            print(line, file=file, flush=True)
        shown.add(line)

    handler = logging.Handler()
    handler.emit = lambda record: print_once(f"data         {record.getMessage()}", sys.stdout)  # type: ignore[method-assign]
    log.addHandler(handler)
    with warnings.catch_warnings():
        for kind in NOTES:
            warnings.simplefilter("always", kind)
        show = warnings.showwarning

        def note(message: Warning | str, category: type[Warning], *where: Any, **more: Any) -> None:
            text = " ".join(str(message).split())
            if not issubclass(category, NOTES):
                show(message, category, *where, **more)
            else:
                print_once(f"nnzoo: note: {text}", sys.stderr)

        warnings.showwarning = note
        try:
            yield
        finally:
            log.removeHandler(handler)
