"""What `nnzoo train` says while it works, where no progress line can be updated. Imports no torch."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def progress_lines(text: str) -> Iterator[None]:
    """Print what is trained to standard error, at once, and then the lines about epochs that the run logs."""
    log, handler = logging.getLogger("nnzoo.progress"), logging.Handler()
    handler.emit = lambda record: write(record.getMessage())  # type: ignore[method-assign]
    write(f"training     {text}")
    log.addHandler(handler)
    level = log.level
    log.setLevel(logging.INFO)
    try:
        yield
    finally:
        log.removeHandler(handler)
        log.setLevel(level)


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
