"""The examples in pictures, and the network's predictions for them.

Shapes: N examples or steps without padding, T time steps.
"""

import csv
from functools import cached_property
from math import isnan
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
import torch
from torch import Tensor
from torch.nn.functional import pad

from ...data.base import EVAL_STEPS, limit_by_memory, values_per_example
from ...spec import AFTER_END, Batch, DataSpec
from ...tasks.base import Task


class Examples:
    """The examples of a loader, as the network receives them, and its predictions.

    split, weights: words for titles; images: number of images to draw with their predictions. The predictions for all
    examples are computed once and shared by all pictures.
    """

    def __init__(
        self,
        trainer: pl.Trainer,
        task: Task,
        loader: Any,
        *,
        split: str = "validation",
        weights: str = "last weights",
        images: int = 16,
    ) -> None:
        self.trainer = trainer
        self.task = task
        self.loader = loader
        self.split = split
        self.weights = weights
        self.images = images

    @property
    def spec(self) -> DataSpec:
        """The `DataSpec` of the data."""
        return self.task.spec

    @property
    def net(self) -> torch.nn.Module:
        """The network."""
        return self.task.net

    def first(self, n: int) -> Batch:
        """Return the first `n` examples."""
        return self.rows(slice(n))

    def rows(self, index: Tensor | slice) -> Batch:
        """Return the examples at an index."""
        return self._ready(self.loader.take(index))

    def restored(self, x: Tensor) -> Tensor:
        """Return inputs of the network as they were before the transforms."""
        found: Tensor = self.loader.transforms.inverse(x)
        return found

    def predict(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """Return the predictions for inputs."""
        with self.trainer.precision_plugin.forward_context():
            return self.task.head.predict(self.task.net(x, mask))

    @cached_property
    def predicted(self) -> tuple[Tensor, Tensor]:
        """Predictions and targets of all examples, or of all steps without padding: (N, ...) each."""
        found, true = [], []
        for batch in map(self._ready, self.loader):
            predicted, actual = self.predict(batch.x, batch.mask), self.task.head.actual(batch.y)
            if self.spec.per_step:
                predicted, actual = (
                    each.flatten(0, 1) if batch.mask is None else each[batch.mask] for each in (predicted, actual)
                )
            found.append(predicted.cpu())
            true.append(actual.cpu())
        if self.spec.target_len is not None:  # batches are cut to their longest target
            missing = [self.spec.target_len - each.shape[1] for each in true]
            true = [pad(each, (0, n), value=AFTER_END) for each, n in zip(true, missing, strict=True)]
        return torch.cat(found), torch.cat(true)

    @cached_property
    def logged(self) -> dict[str, dict[int, float]]:
        """The columns of metrics.csv as name -> epoch -> value; empty without the file. Epochs count from 1."""
        self.task.metric_log.write(self.trainer.loggers)
        path = Path(self.trainer.default_root_dir) / "metrics.csv"
        columns: dict[str, dict[int, float]] = {}
        if path.is_file():
            with path.open(newline="") as file:
                for row in csv.DictReader(file):
                    epoch = int(row.pop("epoch"))
                    for name, value in row.items():
                        if value and not isnan(float(value)):
                            columns.setdefault(name, {})[epoch] = float(value)
        return columns

    @cached_property
    def sequence(self) -> Batch:
        """The first sequence without padding, or the first steps of contiguous text: (1, T, ...)."""
        batch = self.first(1)
        if self.loader.segment is not None:
            steps = limit_by_memory(EVAL_STEPS, values_per_example(self.spec, 1))
            batch = batch.steps(0, steps, per_step=self.spec.per_step)
        if batch.mask is None:
            return batch
        steps = int(batch.mask.sum())
        return Batch(batch.x[:, :steps], batch.y[:, :steps] if self.spec.per_step else batch.y, batch.mask[:, :steps])

    def _ready(self, batch: Batch) -> Batch:
        return self.trainer.precision_plugin.convert_input(batch.to(self.task.device))
