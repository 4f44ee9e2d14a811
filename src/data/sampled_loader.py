"""Training batches of examples that are sampled anew for each epoch."""

from collections.abc import Iterator
from typing import Protocol

import torch

from ..spec import Batch
from .loader import Loader
from .splits import Split


class Sampler(Protocol):
    """Sampled examples, for instance positive ones with negative ones."""

    def examples(self, seed: int, epoch: int) -> Batch:
        """Return the examples of an epoch, a function of (seed, epoch); their number may vary."""


class SampledLoader(Loader):
    """Shuffled batches of sampled examples; those of an epoch are a function of (seed, epoch) only.

    sampler: yields the examples of an epoch; first: those of epoch 0.
    """

    def __init__(self, sampler: Sampler, first: Split, *, batch_size: int, seed: int) -> None:
        super().__init__(first, batch_size=batch_size, seed=seed)
        self.sampler = sampler
        self.largest = batch_size
        self.drawn = 0, self.split  # an epoch and its examples

    def to(self, device: torch.device) -> None:
        """Move the examples to `device`."""
        super().to(device)
        self.drawn = self.drawn[0], self.drawn[1].to(device)

    def steps(self, epoch: int) -> int:
        """Return the number of batches in an epoch."""
        return -(-len(self._examples(epoch)) // self.largest)

    def epoch(self, epoch: int, start: int = 0) -> Iterator[Batch]:
        """Yield the batches of an epoch, starting with batch number `start`."""
        self.split = self._examples(epoch)
        self.batch_size = min(self.largest, len(self.split))
        self.shuffle = self.batch_size < len(self.split)
        yield from super().epoch(epoch, start)

    def _examples(self, epoch: int) -> Split:
        """Return the examples of an epoch; those of the last one asked for are kept."""
        if epoch != self.drawn[0]:
            self.drawn = epoch, Split(self.sampler.examples(self.seed, epoch)).to(self.drawn[1].base.x.device)
        return self.drawn[1]
