"""The examples that pictures show, and what the network makes of them.

Shapes: N examples or real steps, T steps of a sequence.
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

from ...data.base import SEGMENT, affordable, numbers
from ...spec import AFTER_END, Batch, DataSpec
from ...tasks.base import Task


class Examples:
    """The examples of a loader, as the network gets them, and its predictions.

    split, weights: in words, for titles; images: how many are shown with their predictions. Predictions of all
    examples are computed once, for all pictures.
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
        """What one example is."""
        return self.task.spec

    @property
    def net(self) -> torch.nn.Module:
        """The network."""
        return self.task.net

    def first(self, n: int) -> Batch:
        """Return the first `n` examples."""
        return self.rows(slice(n))

    def rows(self, index: Tensor | slice) -> Batch:
        """Return the chosen examples."""
        return self._ready(self.loader.take(index))

    def restored(self, x: Tensor) -> Tensor:
        """Return inputs as the data has them of those that the network takes."""
        found: Tensor = self.loader.transforms.inverse(x)
        return found

    def predict(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """Return the predictions for inputs."""
        with self.trainer.precision_plugin.forward_context():
            return self.task.head.predict(self.task.net(x, mask))

    @cached_property
    def predicted(self) -> tuple[Tensor, Tensor]:
        """Predictions and targets of all examples, or of all their real steps: (N, ...) each."""
        found, true = [], []
        for batch in map(self._ready, self.loader):
            predicted = self.predict(batch.x, batch.mask)
            steps = batch.mask if self.spec.per_step and batch.mask is not None else ...
            found.append(predicted[steps].cpu())
            true.append(self.task.head.actual(batch.y)[steps].cpu())
        if self.spec.target_len is not None:  # batches are cut to their longest target
            missing = [self.spec.target_len - each.shape[1] for each in true]
            true = [pad(each, (0, n), value=AFTER_END) for each, n in zip(true, missing, strict=True)]
        return torch.cat(found), torch.cat(true)

    @cached_property
    def logged(self) -> dict[str, dict[int, float]]:
        """What metrics.csv holds: of each column the value after 1, 2, ... epochs; nothing where a run writes none."""
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
        """The first sequence without padding, of contiguous text its first steps: (1, T, ...)."""
        batch = self.first(1)
        if self.loader.segment is not None:
            steps = affordable(SEGMENT, numbers(self.spec, 1))
            batch = batch.steps(0, steps, per_step=self.spec.per_step)
        if batch.mask is None:
            return batch
        steps = int(batch.mask.sum())
        return Batch(batch.x[:, :steps], batch.y[:, :steps] if self.spec.per_step else batch.y, batch.mask[:, :steps])

    def _ready(self, batch: Batch) -> Batch:
        return self.trainer.precision_plugin.convert_input(batch.to(self.task.device))
