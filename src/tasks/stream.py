"""The training batches as Lightning sees them: one object that is handed out until the epoch is used up."""

from collections.abc import Iterator
from itertools import islice
from typing import Any, Protocol

import torch

from ..spec import Batch


class Epochs(Protocol):
    """A loader whose order is a function of the epoch: what `nnzoo.data.loader.Loader` is."""

    def steps(self, epoch: int) -> int:
        """Return the number of batches in an epoch."""

    def epoch(self, epoch: int, start: int = 0) -> Iterator[Batch]:
        """Yield the batches of an epoch from number `start` on."""

    def to(self, device: torch.device) -> None:
        """Move the data."""


class Stream:
    """Position in the training batches: epoch, and steps done in it.

    Iterating hands out the stream itself, and the task takes as many batches from it as it likes (`take`): small
    networks would otherwise spend most of their time between Lightning's batches. `limit`: batches in an epoch, all
    if None; `overfit`: the same first batches, unshuffled, in every epoch, 0 = off.
    """

    def __init__(self, loader: Epochs, *, limit: int | None = None, overfit: int = 0) -> None:
        self.loader = loader
        self.limit = overfit or limit
        self.overfit = overfit
        self.epoch = 0
        self.done = 0
        self._batches: Iterator[Batch] | None = None

    @property
    def steps(self) -> int:
        """Batches in the epoch."""
        there = self.loader.steps(self._order)
        return min(there, self.limit or there)

    @property
    def _order(self) -> int:
        """The epoch whose order is taken."""
        return 0 if self.overfit else self.epoch

    @property
    def finished(self) -> bool:
        """Whether the epoch is used up."""
        return self.done >= self.steps

    def __iter__(self) -> Iterator["Stream"]:
        while not self.finished:
            yield self

    def __len__(self) -> int:
        if self.steps == 1:  # one batch is one slice; Lightning then need not look ahead for the end
            return 1
        raise TypeError("the number of slices is known when they are done")

    def start(self, epoch: int) -> None:
        """Go to the beginning of an epoch, unless it is the one under way."""
        if epoch != self.epoch:
            self.epoch, self.done, self._batches = epoch, 0, None

    def take(self) -> Iterator[Batch]:
        """Yield the batches that are left of the epoch; `done` counts those that were used."""
        if self._batches is None:
            self._batches = self.ahead()
        for batch in self._batches:
            self.done += 1
            yield batch

    def ahead(self) -> Iterator[Batch]:
        """Return the batches that are left of the epoch, without using them up."""
        batches = self.loader.epoch(self._order, self.done)
        return islice(batches, self.steps - self.done)

    def state_dict(self) -> dict[str, Any]:
        """Return the position, always that of the next batch."""
        return {"epoch": self.epoch + self.finished, "done": 0 if self.finished else self.done}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go to a position."""
        self.epoch, self.done, self._batches = state["epoch"], state["done"], None
