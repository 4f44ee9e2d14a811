"""A user's callback by a config: what it saw of the last run."""

from typing import Any, ClassVar

import pytorch_lightning as pl


class Recorder(pl.Callback):
    """Records the slices, epochs and validations of the last run, each with its epoch and step."""

    seen: ClassVar[list[tuple[str, int, int]]] = []
    trainer: ClassVar[pl.Trainer]
    task: ClassVar[pl.LightningModule]

    def on_fit_start(self, trainer: pl.Trainer, task: pl.LightningModule) -> None:
        Recorder.seen, Recorder.trainer, Recorder.task = [], trainer, task

    def on_train_batch_end(self, trainer: pl.Trainer, *_: Any) -> None:
        Recorder.seen.append(("slice", trainer.current_epoch, trainer.global_step))

    def on_train_epoch_end(self, trainer: pl.Trainer, *_: Any) -> None:
        Recorder.seen.append(("epoch", trainer.current_epoch, trainer.global_step))

    def on_validation_end(self, trainer: pl.Trainer, *_: Any) -> None:
        Recorder.seen.append(("validation", trainer.current_epoch, trainer.global_step))


RECORDED = (f"+callbacks.recorder._target_={Recorder.__module__}.{Recorder.__name__}", "allow=[tests.support]")
