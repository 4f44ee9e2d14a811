"""The training batches as Lightning sees them: one object that it yields until the epoch is finished."""

from collections.abc import Iterator
from itertools import islice
from typing import Any, Protocol

import torch

from ..spec import Batch


class BatchLoader(Protocol):
    """A loader whose order is a function of the epoch, such as `nnzoo.data.loader.Loader`."""

    batch_size: int

    def steps(self, epoch: int) -> int:
        """Return the number of batches in an epoch."""

    def epoch(self, epoch: int, start: int = 0) -> Iterator[Batch]:
        """Yield the batches of an epoch, beginning with batch number `start`."""

    def joined(self, epoch: int, start: int = 0) -> Iterator[Batch]:
        """Yield the batches of an epoch, several of them joined into one."""

    def to(self, device: torch.device) -> None:
        """Move the data to a device."""


class BatchCursor:
    """A position in the training batches: the epoch and the steps done in it.

    Iterating yields the cursor itself, and the task consumes as many batches from it as it needs (`consume`);
    otherwise small networks would spend most of their time between Lightning's batches. limit: batches per epoch, None
    for all; overfit: number of batches that are repeated in every epoch without shuffling, 0 to use all batches;
    accumulate: batches per optimizer step, fewer in the last step of an epoch if they do not divide it.
    """

    def __init__(self, loader: BatchLoader, *, limit: int | None = None, overfit: int = 0, accumulate: int = 1) -> None:
        self.loader = loader
        self.limit = overfit or limit
        self.overfit = overfit
        self.accumulate = accumulate
        self.epoch = 0
        self.steps_done = 0
        self._forget()

    def _forget(self) -> None:
        """Begin to read the loader anew."""
        self._batches: Iterator[Batch] | None = None
        self._blocks: Iterator[Batch] | None = None
        self._block: Batch | None = None  # the rest of a block

    @property
    def batches_in_epoch(self) -> int:
        """Number of batches in the epoch."""
        available = self.loader.steps(self._order)
        return min(available, self.limit or available)

    @property
    def steps_in_epoch(self) -> int:
        """Number of optimizer steps in the epoch."""
        return -(-self.batches_in_epoch // self.accumulate)

    @property
    def _order(self) -> int:
        """The epoch that determines the order of the batches."""
        return 0 if self.overfit else self.epoch

    @property
    def finished(self) -> bool:
        """Whether all steps of the epoch are done."""
        return self.steps_done >= self.steps_in_epoch

    def __iter__(self) -> Iterator["BatchCursor"]:
        while not self.finished:
            yield self

    def __len__(self) -> int:
        if self.steps_in_epoch == 1:  # one batch is one slice, and Lightning need not prefetch to find the end
            return 1
        raise TypeError("the number of slices is not known in advance")

    def start_epoch(self, epoch: int) -> None:
        """Go to the beginning of an epoch, unless it is the current one."""
        if epoch != self.epoch:
            self.epoch, self.steps_done = epoch, 0
            self._forget()

    def consume(self) -> Iterator[list[Batch]]:
        """Yield the batches of each remaining step of the epoch, and count the steps."""
        if self._batches is None:
            self._batches = self.peek()
        while batches := list(islice(self._batches, self.accumulate)):
            self.steps_done += 1
            yield batches

    def next_block(self, most: int) -> tuple[Batch, int]:
        """Return the batches of the next steps joined into one, and their number, at most `most`; count the steps.

        Only for a loader that has blocks of batches, with a batch for each step, and before the end of the epoch.
        """
        if self._blocks is None:
            self._blocks = self.loader.joined(self._order, self.steps_done)
        size = self.loader.batch_size
        block = next(self._blocks) if self._block is None else self._block
        available = -(-len(block.x) // size)
        steps = min(available, most, self.batches_in_epoch - self.steps_done)
        self._block = block.rows(slice(steps * size, None)) if steps < available else None
        self.steps_done += steps
        return block.rows(slice(0, steps * size)), steps

    def peek(self) -> Iterator[Batch]:
        """Return the remaining batches of the epoch without consuming them."""
        done = self.steps_done * self.accumulate
        return islice(self.loader.epoch(self._order, done), self.batches_in_epoch - done)

    def state_dict(self) -> dict[str, Any]:
        """Return the position of the next step."""
        return {"epoch": self.epoch + self.finished, "done": 0 if self.finished else self.steps_done}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go to a position."""
        self.epoch, self.steps_done = state["epoch"], state["done"]
        self._forget()
