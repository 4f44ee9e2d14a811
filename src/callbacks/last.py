"""Checkpoint of the current state, so that a run can be killed and resumed at any time."""

import time
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
from pytorch_lightning.callbacks import Checkpoint

from ..errors import UserError
from ..runs.directory import RunDirectory
from ..runs.signals import Interrupted, Signals

MAX_SHARE = 0.02  # maximum share of the time spent on writing checkpoints


class LastCheckpoint(Checkpoint):
    """Write `checkpoints/last.ckpt` every few seconds, at the end of training, and after a signal to stop.

    every_seconds: time between two checkpoints, extended if writing takes more than 2 % of it; 0 = after every batch.
    Raises UserError for negative numbers.
    """

    def __init__(self, *, every_seconds: float = 5.0) -> None:
        if not every_seconds >= 0:  # not a number, too
            raise UserError(f"every_seconds is {every_seconds}; it must be at least 0")
        self.every_seconds = every_seconds
        self.signals = Signals(deferred=True)
        self.next_save = 0.0

    def on_fit_start(self, trainer: pl.Trainer, task: pl.LightningModule) -> None:
        """Set the path of the checkpoint."""
        self.path = RunDirectory(Path(trainer.default_root_dir)).checkpoint("last")

    def on_train_start(self, trainer: pl.Trainer, task: pl.LightningModule) -> None:
        """Handle signals, since Lightning would stop without a checkpoint."""
        self.signals.__enter__()
        self.next_save = time.monotonic() + self.every_seconds

    def on_train_batch_end(self, trainer: pl.Trainer, task: Any, *_: object) -> None:
        """Save within an epoch. At its end, the checkpoint is written after validation."""
        if not task.cursor.finished:
            self.save_if_due(trainer)

    def on_train_epoch_end(self, trainer: pl.Trainer, task: pl.LightningModule) -> None:
        """Save between epochs."""
        self.save_if_due(trainer)

    def on_train_end(self, trainer: pl.Trainer, task: pl.LightningModule) -> None:
        """Save the final state and restore the signal handlers."""
        self.save(trainer)
        self.signals.__exit__()

    def on_fit_end(self, trainer: pl.Trainer, task: pl.LightningModule) -> None:
        """Save the weights if nothing was trained, for example with fixed weights."""
        if not self.path.is_file():
            self.save(trainer)

    def on_exception(self, trainer: pl.Trainer, task: pl.LightningModule, exception: BaseException) -> None:
        """Restore the signal handlers."""
        self.signals.__exit__()

    def save_if_due(self, trainer: pl.Trainer) -> None:
        """Save if a checkpoint is due or a signal was received, by the clock and the signals of the first process."""
        if trainer.strategy.broadcast(self.signals.received is not None or time.monotonic() >= self.next_save):
            self.save(trainer)

    def save(self, trainer: pl.Trainer) -> None:
        """Write the checkpoint. Raises Interrupted if a signal was received."""
        start = time.monotonic()
        trainer.save_checkpoint(self.path)
        end = time.monotonic()
        self.next_save = end + max(self.every_seconds, (end - start) / MAX_SHARE if self.every_seconds else 0)
        if (number := trainer.strategy.broadcast(self.signals.received)) is not None:
            raise Interrupted(number)
