"""Buffered logging of metrics."""

import time
from collections.abc import Iterable

from pytorch_lightning.loggers import Logger

LOGGED_EVERY = (
    0.2  # minimum seconds between writes; each metric wakes TensorBoard's thread, which is as slow as an epoch
)


class MetricLog:
    """Metrics by full name and epoch (from 1), which are available immediately and written a little later.

    latest: the metrics of the current epoch.
    """

    def __init__(self) -> None:
        self.latest: dict[str, float] = {}
        self.unwritten: list[tuple[dict[str, float], int]] = []
        self.due = 0.0

    def add(self, values: dict[str, float], epoch: int, loggers: Iterable[Logger]) -> None:
        """Add metrics of an epoch; write all buffered metrics if the last write is long enough ago."""
        self.latest |= values
        self.unwritten.append((values, epoch))
        if time.monotonic() >= self.due:
            self.write(loggers)

    def write(self, loggers: Iterable[Logger]) -> None:
        """Write the buffered metrics to the loggers."""
        loggers = list(loggers)
        for values, epoch in self.unwritten:
            for logger in loggers:
                logger.log_metrics(values, step=epoch)
        self.unwritten.clear()
        self.due = time.monotonic() + LOGGED_EVERY
