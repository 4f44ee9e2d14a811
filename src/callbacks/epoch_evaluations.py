"""Evaluations during training, for curves."""

from collections.abc import Iterable

import pytorch_lightning as pl

from ..data.base import Data
from ..errors import UserError
from ..evaluations import Evaluation
from ..tasks.base import Task
from .evaluation import isolated_evaluation


class EpochEvaluations(pl.Callback):
    """Compute the evaluations of the config after every n epochs: to TensorBoard and to `metrics.csv`.

    They are computed on the validation set or, without one, on the training set. Raises UserError for a number of
    epochs below 1.
    """

    def __init__(self, *, every_n_epochs: int = 1) -> None:
        if every_n_epochs < 1:
            raise UserError(f"every_n_epochs is {every_n_epochs}; it must be at least 1")
        self.every_n_epochs = every_n_epochs
        self.evaluations: list[Evaluation] = []
        self.data: Data | None = None

    def bind(self, evaluations: Iterable[Evaluation], data: Data) -> None:
        """Set the evaluations and the data. Raises UserError without evaluations."""
        self.evaluations, self.data = list(evaluations), data
        if not self.evaluations:
            raise UserError(
                "callbacks=epoch_evaluations has no effect without evaluations; choose one with evaluations=NAME"
            )

    def on_train_epoch_end(self, trainer: pl.Trainer, task: Task) -> None:  # type: ignore[override]
        """Compute the evaluations if it is time, and log them."""
        epoch = trainer.current_epoch + 1
        if task.cursor is None or not task.cursor.finished or epoch % self.every_n_epochs or self.data is None:
            return
        split = "val" if "val" in self.data.splits else "train"
        found: dict[str, float] = {}
        for evaluation in self.evaluations:
            with isolated_evaluation(task):
                found |= evaluation.compute(task, self.data, split)
        values = {f"{split}/{name}": value for name, value in found.items()}
        task.metric_log.add(values, epoch, trainer.loggers)
