"""A run that is to be: the config, read once, and what was built of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

import torch

from ..config import schema
from ..data.base import Data
from ..data.loader import Loader
from ..spec import Batch
from ..tasks.base import Task
from ..tasks.batch_cursor import BatchCursor


@dataclass(frozen=True)
class Plan:
    """The config of a run, as plain data, and the data and the task that it asks for."""

    config: dict[str, Any]
    data: Data
    task: Task

    @property
    def trainer(self) -> schema.Trainer:
        """The config's section `trainer`."""
        return schema.Trainer(**self.config["trainer"])

    @property
    def loader(self) -> schema.Loader:
        """The config's section `loader`."""
        return schema.Loader(**self.config["loader"])

    @property
    def batch_size(self) -> int:
        """Examples in a training batch."""
        return self.loader.batch_size or self.data.batch_size

    def train_loader(self) -> Loader:
        """Return the training batches by epoch. Raises UserError for segments that the data does not have."""
        return self.data.train_loader(
            batch_size=self.batch_size, segment=self.trainer.truncated_bptt_steps, buckets=self.loader.buckets
        )

    def cursor(self) -> BatchCursor:
        """Return the training batches as the task takes them."""
        limit, overfit = self.trainer.limit_train_batches, self.trainer.overfit_batches
        return BatchCursor(self.train_loader(), limit=limit, overfit=overfit)

    def validation(self) -> "Loader | First | None":
        """Return the validation batches, None if the data holds out none; when overfitting, what is trained on."""
        if self.trainer.overfit_batches:
            return First(self.train_loader(), self.trainer.overfit_batches)
        if self.trainer.limit_val_batches == 0:
            return None
        return self.data.eval_loader("val") if "val" in self.data.splits else None


class First:
    """The first batches of a loader, in the order of its first epoch."""

    def __init__(self, loader: Loader, batches: int) -> None:
        self.loader = loader
        self.batches = min(batches, loader.steps(0))

    def __len__(self) -> int:
        return self.batches

    def __iter__(self) -> Iterator[Batch]:
        return islice(self.loader.epoch(0), self.batches)

    def to(self, device: torch.device) -> None:
        """Move the data."""
        self.loader.to(device)
