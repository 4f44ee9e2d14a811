"""Keep `last.ckpt` close to where training is, so that a run can be killed at any moment."""

import time
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
from pytorch_lightning.callbacks import Checkpoint

from ..runs.directory import RunDirectory
from ..runs.signals import Interrupted, Signals

SHARE = 0.02  # of the time at most, if checkpoints are large


class LastCheckpoint(Checkpoint):
    """Write `checkpoints/last.ckpt` every few seconds, at the end, and when a signal asks the run to stop.

    every_seconds: time between two, longer where writing one takes more than 2 % of it; 0 = as often as possible.
    """

    def __init__(self, *, every_seconds: float = 5.0) -> None:
        self.every_seconds = every_seconds
        self.signals = Signals(deferred=True)
        self.due = 0.0

    def on_fit_start(self, trainer: pl.Trainer, task: pl.LightningModule) -> None:
        """Look where to write."""
        self.path = RunDirectory(Path(trainer.default_root_dir)).checkpoint("last")

    def on_train_start(self, trainer: pl.Trainer, task: pl.LightningModule) -> None:
        """Take over the signals from Lightning, which would stop without a checkpoint."""
        self.signals.__enter__()
        self.due = time.monotonic() + self.every_seconds

    def on_train_batch_end(self, trainer: pl.Trainer, task: Any, *_: object) -> None:
        """Save within an epoch; at its very end, validation comes first."""
        if not task.cursor.finished:
            self.save_if_due(trainer)

    def on_train_epoch_end(self, trainer: pl.Trainer, task: pl.LightningModule) -> None:
        """Save between epochs."""
        self.save_if_due(trainer)

    def on_train_end(self, trainer: pl.Trainer, task: pl.LightningModule) -> None:
        """Save what was reached."""
        self.save(trainer)
        self.signals.__exit__()

    def on_fit_end(self, trainer: pl.Trainer, task: pl.LightningModule) -> None:
        """Save weights that were given: nothing was trained."""
        if not self.path.is_file():
            self.save(trainer)

    def on_exception(self, trainer: pl.Trainer, task: pl.LightningModule, exception: BaseException) -> None:
        """Give the signals back."""
        self.signals.__exit__()

    def save_if_due(self, trainer: pl.Trainer) -> None:
        """Save if it is time, or if a signal came."""
        if self.signals.received is not None or time.monotonic() >= self.due:
            self.save(trainer)

    def save(self, trainer: pl.Trainer) -> None:
        """Write the checkpoint; end the run if a signal asked for it."""
        start = time.monotonic()
        trainer.save_checkpoint(self.path)
        end = time.monotonic()
        self.due = end + max(self.every_seconds, (end - start) / SHARE if self.every_seconds else 0)
        if self.signals.received is not None:
            raise Interrupted(self.signals.received)

    def on_load_checkpoint(self, trainer: pl.Trainer, task: pl.LightningModule, checkpoint: dict[str, Any]) -> None:
        """Say where the best checkpoints are now: a run that was moved would else forget how good they were."""
        for callback in trainer.checkpoint_callbacks:
            state = checkpoint["callbacks"].get(callback.state_key, {})
            if "dirpath" in state:
                old, new = state["dirpath"], callback.dirpath  # type: ignore[attr-defined]
                state |= {key: value.replace(old, new) for key, value in state.items() if isinstance(value, str)}
                state["best_k_models"] = {k.replace(old, new): score for k, score in state["best_k_models"].items()}
