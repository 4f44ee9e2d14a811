"""What `nnzoo train` says while it works, where no progress line can be updated. Imports no torch."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Timer
from typing import Any

PATIENCE = 5.0  # seconds of silence; errors are mostly found before, and are then all that is printed


@contextmanager
def progress_lines(text: str) -> Iterator[None]:
    """Print what is trained, and then the lines about epochs that the run logs.

    A run of less than five seconds prints neither.
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
    """Writes records as lines, after a first line; until that is written, it keeps the newest of them."""

    def __init__(self, head: str) -> None:
        super().__init__()
        self.waiting = [head]

    def write_head(self) -> None:
        """Write the first line and the newest record."""
        with self.lock:  # type: ignore[union-attr]  # logging makes it
            lines, self.waiting = self.waiting, []
        for line in lines:
            write(line)

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record."""
        if self.waiting:
            self.waiting[1:] = [record.getMessage()]
        else:
            write(record.getMessage())


def write(line: str) -> None:
    """Write a line to standard output. A stream that is closed meanwhile does not stop the run."""
    try:
        print(line, flush=True)
    except (OSError, ValueError):
        return


def network_on_data(config: dict[str, Any]) -> str:
    """Return the chosen network and data of a config, or the path of the data."""
    names = {group: config["choices"].get(group) or config[group]["_target_"] for group in ("model", "data")}
    return f"{names['model']} on {config['data'].get('path') or names['data']}"
