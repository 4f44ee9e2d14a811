"""The log of a run."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def logged(path: Path) -> Iterator[None]:
    """Append log records, and the traceback where what is inside ends with an exception, to a file."""
    handler = Log(path, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.addHandler(handler)
    try:
        yield
    except BaseException:
        record = ("nnzoo", logging.ERROR, __file__, 0, "the run ended with an exception", (), sys.exc_info())
        handler.handle(logging.LogRecord(*record))  # to no other handler: the user gets one line
        raise
    finally:
        root.removeHandler(handler)
        handler.close()


class Log(logging.FileHandler):
    """A log that a full disk does not turn into noise on the terminal."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802
        """Leave it."""
