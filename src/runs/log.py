"""The log file of a run."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def log_to_file(path: Path) -> Iterator[None]:
    """Append log records, and the traceback of an exception in the context, to a file."""
    handler = QuietFileHandler(path, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.addHandler(handler)
    try:
        yield
    except BaseException:
        record = ("nnzoo", logging.ERROR, __file__, 0, "the run ended with an exception", (), sys.exc_info())
        handler.handle(logging.LogRecord(*record))  # only to this handler: the user gets one line
        raise
    finally:
        root.removeHandler(handler)
        handler.close()


class QuietFileHandler(logging.FileHandler):
    """A file handler that prints nothing to the terminal if the disk is full."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802
        """Ignore the error."""
