"""Training batches of implicit feedback, with new negative examples in each epoch."""

from collections.abc import Iterator

import torch

from ...spec import Batch
from ..loader import Loader
from ..splits import Split
from .negatives import Negatives


class SampledLoader(Loader):
    """Shuffled batches of positive and negative pairs; those of an epoch are a function of (seed, epoch) only.

    sampler: yields the examples of an epoch.
    """

    def __init__(self, sampler: Negatives, *, batch_size: int, seed: int) -> None:
        super().__init__(sampler.examples(seed, 0), batch_size=batch_size, shuffle=True, seed=seed)
        self.sampler = sampler
        self.device = self.split.base.x.device
        self.sampled = 0  # the epoch whose examples are in `split`

    def to(self, device: torch.device) -> None:
        """Move the examples to `device`."""
        self.device = device
        super().to(device)

    def epoch(self, epoch: int, start: int = 0) -> Iterator[Batch]:
        """Yield the batches of an epoch, starting with batch number `start`."""
        if epoch != self.sampled:
            self.split = Split(self.sampler.examples(self.seed, epoch)).to(self.device)
            self.sampled = epoch
        yield from super().epoch(epoch, start)
