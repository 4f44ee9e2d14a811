"""Report a metric after each epoch, and stop the run if the receiver says so."""

from collections.abc import Callable

import pytorch_lightning as pl

from ..tasks.base import Task


class Pruned(Exception):
    """A run was stopped because its metric is poor compared with other runs."""


class Pruning(pl.Callback):
    """Report the metric of a sweep after each validation, or after each epoch if it is a training metric.

    report: takes the epoch, from 1, and the value, and returns whether to stop the run, which has no effect after the
    last epoch.
    """

    def __init__(self, *, metric: str, report: Callable[[int, float], bool]) -> None:
        self.metric = metric
        self.report = report

    def on_validation_end(self, trainer: pl.Trainer, task: Task) -> None:  # type: ignore[override]
        """Report a validation metric."""
        if not trainer.sanity_checking and self.metric.startswith("val/"):
            self._report(trainer, trainer.current_epoch + 1)

    def on_train_epoch_start(self, trainer: pl.Trainer, task: Task) -> None:  # type: ignore[override]
        """Report a training metric of the previous epoch, which is computed after its end."""
        if self.metric.startswith("train/") and self.metric in trainer.callback_metrics:
            self._report(trainer, trainer.current_epoch)

    def _report(self, trainer: pl.Trainer, epoch: int) -> None:
        is_poor = self.report(epoch, float(trainer.callback_metrics[self.metric]))
        if is_poor and epoch != trainer.max_epochs:  # at the end, there is nothing left to save
            raise Pruned(f"pruned after {epoch} epoch{'s' * (epoch > 1)}")
