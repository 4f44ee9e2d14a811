"""Buffered logging of metrics."""

import time
from collections.abc import Iterable, Mapping, Sequence

import pytorch_lightning as pl
import torch
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

    def publish(
        self, values: Mapping[str, float], further: Mapping[str, float], epoch: int, trainer: pl.Trainer
    ) -> None:
        """Pass metrics of an epoch to the callbacks, and add them and further numbers."""
        trainer.callback_metrics.update(
            {name: torch.tensor(value, dtype=torch.float64) for name, value in values.items()}
        )
        self.add({**values, **further}, epoch, trainer.loggers)

    def add(self, values: dict[str, float], epoch: int, loggers: Iterable[Logger]) -> None:
        """Add metrics of an epoch; write all buffered metrics if the last write is long enough ago."""
        self.latest |= values
        self.unwritten.append((values, epoch))
        if time.monotonic() >= self.due:
            self.write(loggers)

    def write(self, loggers: Iterable[Logger]) -> None:
        """Write the buffered metrics to the loggers."""
        if self.unwritten:
            for logger in loggers:
                log_rows(logger, self.unwritten)
        self.unwritten.clear()
        self.due = time.monotonic() + LOGGED_EVERY


def log_rows(logger: Logger, rows: Sequence[tuple[dict[str, float], int]]) -> None:
    """Write metrics by epoch to a logger, at once if it can."""
    if hasattr(logger, "log_rows"):
        logger.log_rows(rows)
        return
    for values, epoch in rows:
        logger.log_metrics(values, step=epoch)
