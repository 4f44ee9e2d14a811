"""Training batches of windows, made anew in each epoch.

Shapes: N windows.
"""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import torch

from ...spec import Batch
from ..loader import Loader
from ..prefetch import prefetch
from ..splits import Split
from .contexts import Contexts
from .random import generator

BLOCKS, WINDOWS = 0, 1  # so that the order of the blocks and the windows have different random numbers


class WindowLoader(Loader):
    """The windows around `batch_size` consecutive tokens a batch; blocks of tokens are in random order.

    evaluated: the training examples that are evaluated. The batches of an epoch are a function of (seed, epoch). A
    batch has fewer windows than tokens if some frequent tokens are left out, but at least one: then a window may be in
    two batches. Raises UserError for a batch size below 1.
    """

    def __init__(self, contexts: Contexts, evaluated: Split, *, batch_size: int) -> None:
        super().__init__(evaluated, batch_size=batch_size)
        self.contexts = contexts
        self.words = batch_size
        self.device = torch.device("cpu")

    def steps(self, epoch: int) -> int:
        """Return the number of batches in an epoch."""
        return sum(-(-size // self.words) for size in self.contexts.stream("train", epoch).sizes)

    def to(self, device: torch.device) -> None:
        """Move the batches to `device`."""
        self.device = device

    def epoch(self, epoch: int, start: int = 0) -> Iterator[Batch]:
        """Yield the batches of an epoch, starting with batch number `start`."""
        for examples, ends in prefetch(self.blocks(epoch, start)):
            on_device = examples.send(self.device)
            for first, last in pairwise(ends):
                begin = min(first, len(examples.x) - 1)
                yield on_device.rows(slice(begin, max(begin + 1, last)))

    def blocks(self, epoch: int, start: int) -> Iterator[tuple[Batch, list[int]]]:
        """Yield the examples of each block of an epoch, and where its batches from number `start` on begin and end."""
        stream = self.contexts.stream("train", epoch)
        for number in generator(self.seed, epoch, BLOCKS).permutation(len(stream)).tolist():
            steps = -(-stream.sizes[number] // self.words)
            if start >= steps:
                start -= steps
                continue
            found = self.contexts.windows_of(stream.block(number), generator(self.seed, epoch, WINDOWS, number))
            examples = self.contexts.examples(found) if len(found.places) else self.split.take(slice(0, 1))
            ends = np.searchsorted(found.places, self.words * np.arange(start, steps + 1)).tolist()
            yield examples, ends
            start = 0
