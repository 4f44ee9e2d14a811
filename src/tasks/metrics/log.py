"""Metrics on their way to the loggers."""

import time
from collections.abc import Iterable

from pytorch_lightning.loggers import Logger

LOGGED_EVERY = 0.2  # seconds at most; each metric wakes TensorBoard's thread, which costs as much as a tiny epoch


class MetricLog:
    """Metrics by full name against the epoch, from 1: known at once, and written a little later.

    latest: those of the current epoch.
    """

    def __init__(self) -> None:
        self.latest: dict[str, float] = {}
        self.unwritten: list[tuple[dict[str, float], int]] = []
        self.due = 0.0

    def add(self, values: dict[str, float], epoch: int, loggers: Iterable[Logger]) -> None:
        """Add metrics of an epoch; write all if it is time."""
        self.latest |= values
        self.unwritten.append((values, epoch))
        if time.monotonic() >= self.due:
            self.write(loggers)

    def write(self, loggers: Iterable[Logger]) -> None:
        """Hand what is unwritten to the loggers."""
        loggers = list(loggers)
        for values, epoch in self.unwritten:
            for logger in loggers:
                logger.log_metrics(values, step=epoch)
        self.unwritten.clear()
        self.due = time.monotonic() + LOGGED_EVERY
