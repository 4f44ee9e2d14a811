"""The plan of a run: its config and the objects built from it."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Any

import torch

from ..builders.epochs import cursor
from ..builders.evaluations import build_evaluations
from ..config import schema
from ..config.given import NOTHING, Given
from ..data.base import Data
from ..data.loader import Loader
from ..evaluations import Evaluation
from ..spec import Batch
from ..tasks.base import Task
from ..tasks.batch_cursor import BatchCursor


@dataclass(frozen=True)
class Plan:
    """The config of a run as plain data, with the number of epochs, and the data set and the task built from it.

    given: objects from Python.
    """

    config: dict[str, Any]
    data: Data
    task: Task
    given: Given = NOTHING

    @property
    def trainer(self) -> schema.Trainer:
        """The section `trainer` of the config."""
        return schema.Trainer(**self.config["trainer"])

    @property
    def max_epochs(self) -> int:
        """The number of epochs, see `with_epochs`."""
        epochs: int = self.config["trainer"]["max_epochs"]
        return epochs

    @property
    def loader(self) -> schema.Loader:
        """The section `loader` of the config."""
        return schema.Loader(**self.config["loader"])

    @cached_property
    def evaluations(self) -> dict[str, Evaluation]:
        """The evaluations by name. Raises UserError if one is invalid."""
        return build_evaluations(self.config)

    @property
    def batch_size(self) -> int:
        """The training batch size."""
        given = self.loader.batch_size
        return self.data.batch_size if given is None else given

    def train_loader(self) -> Loader:
        """Return the loader of the training set. Raises UserError if the data has no segments."""
        return self.data.train_loader(
            batch_size=self.batch_size, segment=self.trainer.truncated_bptt_steps, buckets=self.loader.buckets
        )

    def cursor(self) -> BatchCursor:
        """Return the cursor over the training batches for the task."""
        return cursor(self.config, self.data)

    def validation(self) -> "Loader | FirstBatches | None":
        """Return the validation batches, or None without a validation set; the training batches when overfitting."""
        if self.trainer.overfit_batches:
            loader = self.train_loader()
            return loader.beginning(self.trainer.overfit_batches) or FirstBatches(loader, self.trainer.overfit_batches)
        if self.trainer.limit_val_batches == 0:
            return None
        return self.data.eval_loader("val") if "val" in self.data.splits else None


class FirstBatches:
    """The first batches of a loader that samples or cuts its examples, in the order of its first epoch."""

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
