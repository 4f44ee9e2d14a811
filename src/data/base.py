"""What every data set offers: a spec before anything is read, splits in memory, and loaders over them.

Shapes: N examples, B of them in a batch, T time steps.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from ..errors import UserError
from ..spec import Batch, DataSpec

Splits = dict[str, Batch]
BLOCK = 1 << 20  # numbers gathered at once: many small batches in one gather, large ones singly


class Loader:
    """Batches of a split held in memory; their order is a function of (seed, epoch) alone.

    split: all examples, x possibly in a compact type; transform: from that type to the network's, batch by batch.
    Iterating gives epoch 0. Raises UserError if the batch size is not positive or there are no examples.
    """

    def __init__(
        self,
        split: Batch,
        *,
        batch_size: int,
        shuffle: bool = False,
        seed: int = 0,
        transform: Callable[[Tensor], Tensor] | None = None,
    ) -> None:
        if batch_size < 1:
            raise UserError(f"batch_size is {batch_size}; it must be at least 1")
        if not len(split.x):
            raise UserError("a split of the data has no examples")
        self.split = split if split.mask is None else trim(split)
        self.batch_size = min(batch_size, len(split.x))
        self.shuffle = shuffle and self.batch_size < len(split.x)  # a full batch has no order
        self.seed = seed
        self.transform = transform

    def __len__(self) -> int:
        return -(-len(self.split.x) // self.batch_size)

    def __iter__(self) -> Iterator[Batch]:
        return self.epoch(0)

    def to(self, device: torch.device) -> None:
        """Move the split to `device`, once."""
        self.split = self.split.to(device)

    def epoch(self, epoch: int, start: int = 0) -> Iterator[Batch]:
        """Yield the batches of an epoch from number `start` on."""
        n, size = len(self.split.x), self.batch_size
        order = self.order(epoch) if self.shuffle else None
        width = max(1, self.split.x[0].numel())
        block = size * max(1, BLOCK // (size * width))
        for first in range(start * size, n, block):
            rows: Tensor | slice = slice(first, first + block) if order is None else order[first : first + block]
            part = self.split if block >= n and order is None and not first else self.split.rows(rows)
            yield from self._batches(part)

    def order(self, epoch: int) -> Tensor:
        """Return the permutation of the examples in an epoch: (N,)."""
        generator = torch.Generator().manual_seed(hash((self.seed, epoch)) % (1 << 63))
        return torch.randperm(len(self.split.x), generator=generator).to(self.split.x.device)

    def _batches(self, part: Batch) -> Iterator[Batch]:
        """Cut a part of the data into batches, without their common padding."""
        fields = [[None] * len(self) if t is None else t.split(self.batch_size) for t in part]
        for x, y, mask in zip(*fields, strict=False):
            batch = Batch(x if self.transform is None else self.transform(x), y, mask)
            yield batch if mask is None or len(self) == 1 else trim(batch)


def trim(batch: Batch) -> Batch:
    """Cut off the steps that are padding in every example."""
    assert batch.mask is not None
    steps = int(batch.mask.sum(1).max())
    if steps == batch.mask.shape[1]:
        return batch
    per_step = batch.y.ndim > 1 and batch.y.shape[1] == batch.mask.shape[1]
    return Batch(batch.x[:, :steps], batch.y[:, :steps] if per_step else batch.y, batch.mask[:, :steps])


class Data(ABC):
    """A data set: `spec` is there as soon as it is constructed, the examples after `splits()`.

    batch_size: examples in a training batch, at most all of them; seed: order of the batches and random splits.
    """

    spec: DataSpec
    transform: Callable[[Tensor], Tensor] | None = None

    def __init__(self, *, batch_size: int, seed: int) -> None:
        self.batch_size = batch_size
        self.seed = seed
        self._splits: Splits | None = None

    @abstractmethod
    def load(self) -> Splits:
        """Read or make the examples: `train`, `test` and, unless it is empty, `val`."""

    @property
    def splits(self) -> Splits:
        """The examples, loaded at the first use."""
        if self._splits is None:
            self._splits = self.load()
        return self._splits

    def train_loader(self) -> Loader:
        """Return the shuffled training batches."""
        return Loader(
            self.splits["train"],
            batch_size=self.batch_size,
            shuffle=True,
            seed=self.seed,
            transform=self.transform,
        )

    def eval_loader(self, split: str) -> Loader:
        """Return large batches of a split in its own order, without gradients to hold."""
        return Loader(self.splits[split], batch_size=max(self.batch_size, 1000), transform=self.transform)


def carve(n: int, held_out: int, seed: int) -> tuple[Tensor, Tensor]:
    """Return the indices of a random split of `n` examples: the rest and the `held_out` ones, each in order.

    Raises UserError if nothing is left.
    """
    if not 0 <= held_out < n:
        raise UserError(f"cannot hold out {held_out} of {n} examples")
    order = torch.randperm(n, generator=torch.Generator().manual_seed(seed))
    return order[held_out:].sort().values, order[:held_out].sort().values
