"""What `nnzoo train` says while it works, where no progress line can be updated. Imports no torch."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Timer
from typing import Any

PATIENCE = 1.0  # seconds of silence; most errors are found before, and are then all that is printed


@contextmanager
def progress_lines(text: str) -> Iterator[None]:
    """Print what is trained to standard error, and then the lines about epochs that the run logs.

    The first line is printed after a second, or before the first line about an epoch.
    """
    log, handler = logging.getLogger("nnzoo.progress"), Lines(f"training     {text}")
    timer = Timer(PATIENCE, handler.write_head)
    timer.daemon = True
    timer.start()
    log.addHandler(handler)
    level = log.level
    log.setLevel(logging.INFO)
    try:
        yield
    finally:
        timer.cancel()
        log.removeHandler(handler)
        log.setLevel(level)


class Lines(logging.Handler):
    """Writes records as lines, after a first line that any thread may write before."""

    def __init__(self, head: str) -> None:
        super().__init__()
        self.head = [head]

    def write_head(self) -> None:
        """Write the first line unless it was written before."""
        with suppress(IndexError):
            write(self.head.pop())

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record."""
        self.write_head()
        write(record.getMessage())


def write(line: str) -> None:
    """Write a line to standard error. A stream that is closed meanwhile does not stop the run."""
    try:
        print(line, file=sys.stderr, flush=True)
    except (OSError, ValueError):
        return


def network_on_data(config: dict[str, Any]) -> str:
    """Return the chosen network and data of a config, or the path of the data."""
    names = {group: config["choices"].get(group) or config[group]["_target_"] for group in ("model", "data")}
    return f"{names['model']} on {config['data'].get('path') or names['data']}"
