"""Lightning's trainer on the CPU, without what it prints and writes."""

from pathlib import Path
from typing import Any

import pytorch_lightning as pl
from nnzoo.data.loader import Loader
from nnzoo.tasks.base import Task
from nnzoo.tasks.batch_cursor import BatchCursor
from nnzoo.training.trainers import quiet_lightning


def trainer(folder: Path, **settings: Any) -> pl.Trainer:
    """Return a trainer that works in a folder."""
    names = ("logger", "enable_progress_bar", "enable_model_summary", "enable_checkpointing")
    silent: dict[str, Any] = {"num_sanity_val_steps": 0, **dict.fromkeys(names, False)}
    return pl.Trainer(default_root_dir=folder, accelerator="cpu", **{**silent, **settings})


def fit(task: Task, train: Loader, val: Loader, folder: Path, *, epochs: int = 3) -> list[dict[str, float]]:
    """Train as Lightning does; return what callbacks saw at the end of each epoch."""
    seen: list[dict[str, float]] = []

    class Watch(pl.Callback):
        def on_train_epoch_start(self, trainer: pl.Trainer, _: pl.LightningModule) -> None:
            self.note(trainer)

        def on_train_end(self, trainer: pl.Trainer, _: pl.LightningModule) -> None:
            self.note(trainer)

        def note(self, trainer: pl.Trainer) -> None:
            if trainer.callback_metrics:
                seen.append({name: float(value) for name, value in trainer.callback_metrics.items()})

    with quiet_lightning():
        task.cursor = BatchCursor(train)
        trainer(folder, max_epochs=epochs, callbacks=[Watch()]).fit(task, task.cursor, val)
    return seen
