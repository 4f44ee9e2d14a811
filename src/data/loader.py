"""Mini-batches of a split, in an order that depends on a seed.

Shapes: N examples, B of them in a batch, T time steps, U symbols of a target.
"""

from collections.abc import Callable, Iterator, Sequence
from copy import copy

import torch
from torch import Tensor

from ..errors import UserError
from ..graphs.graph import Graph
from ..spec import AFTER_END, Batch, DataSpec
from ..transforms import Transforms
from .splits import Split, index_rows

BLOCK = 1 << 20  # values gathered at once: many small batches together, large batches one by one


class Loader:
    """Mini-batches of a split in memory; their order is a function of (seed, epoch) only.

    split: examples, x possibly in a compact type; transform: conversion of x from that type to floats, batch by batch;
    transforms: applied after it; augment: apply random transforms, too; per_step: there is a target at each step;
    unsupervised: the target is the flattened input without random transforms; target_size: its first numbers that are
    the target, None for all; original_spec: the spec with the target of the data; sequences: targets are sequences
    (N, U) with lengths of their own, padded with -1; segment: each batch is yielded as segments of this many steps, in
    order, up to the end of its longest sequence; buckets: batches contain sequences of similar length, in random order;
    titles: of the examples in the order of the split, None if they have none.
    Its attribute `graph` is the graph of which the examples are a part, or None.
    Iteration yields epoch 0. Raises UserError for values out of range, no examples, or a sequence without steps.
    """

    def __init__(
        self,
        split: Batch | Split,
        *,
        batch_size: int,
        shuffle: bool = False,
        seed: int = 0,
        transform: Callable[[Tensor], Tensor] | None = None,
        transforms: Transforms | None = None,
        augment: bool = False,
        per_step: bool = False,
        unsupervised: bool = False,
        target_size: int | None = None,
        sequences: bool = False,
        segment: int | None = None,
        buckets: bool = False,
        titles: Sequence[str] | None = None,
        original_spec: DataSpec | None = None,
    ) -> None:
        if batch_size < 1:
            raise UserError(f"loader.batch_size is {batch_size}; it must be at least 1")
        split = Split.of(split)
        if not len(split):
            raise UserError("a split of the data has no examples")
        if (mask := split.mask) is not None:
            if not mask.any(1).all():
                raise UserError(f"sequence {int(mask.any(1).long().argmin())} of the data has no steps")
            split = split.steps(0, longest(mask), per_step=per_step)
        if sequences:
            split = Split(until_last_end(split.base, split.y), split.rows)
        self.batch_size = min(batch_size, len(split))
        if self.batch_size == len(split) or not isinstance(split.rows, Tensor):
            split = Split(split.batch())  # gather a full batch once, not in every epoch; a slice is a view
        self.per_step = per_step
        self.sequences = sequences
        self.split = split
        self.shuffle = shuffle and self.batch_size < len(split)  # a full batch has no order
        self.seed = seed
        self.transform = transform
        self.transforms = transforms or Transforms()
        self.augment = augment and self.transforms.is_random
        self.unsupervised = unsupervised
        self.target_size = target_size
        self.segment = segment
        self.titles = titles
        self.original_spec = original_spec
        self.graph: Graph | None = None
        self.buckets = buckets and mask is not None
        self._segment_counts: tuple[int, list[int]] = -1, []  # an epoch and the segments of its batches, a cache

    def __len__(self) -> int:
        return self.steps(0)

    def steps(self, epoch: int) -> int:
        """Return the number of batches in an epoch; with segments, it depends on the order of the sequences."""
        return -(-len(self.split) // self.batch_size) if self.segment is None else sum(self._segments(epoch))

    def __iter__(self) -> Iterator[Batch]:
        return self.epoch(0)

    def to(self, device: torch.device) -> None:
        """Move the split to `device`, once."""
        self.split = self.split.to(device)

    def epoch(self, epoch: int, start: int = 0) -> Iterator[Batch]:
        """Yield the batches of an epoch, starting with batch number `start`."""
        if self.segment is None:
            yield from self._without_segments(epoch, start)
            return
        first = 0
        for segments in self._segments(epoch):
            if start < segments:
                break
            first, start = first + 1, start - segments
        for batch in self._without_segments(epoch, first):
            for begin in range(start * self.segment, batch.x.shape[1], self.segment):
                piece = batch.steps(begin, begin + self.segment, per_step=self.per_step)
                yield piece._replace(is_continuation=begin > 0)
            start = 0

    def take(self, index: Tensor | slice) -> Batch:
        """Return the examples with these indices as inputs of the network, without random transforms."""
        batch = self.split.take(index)
        x = batch.x if self.transform is None else self.transform(batch.x)
        return batch._replace(x=self.transforms(x))

    def order(self, epoch: int) -> Tensor:
        """Return the permutation of the examples in an epoch, on the device of the split: (N,)."""
        return self._order(epoch).to(self.split.base.x.device)

    def _order(self, epoch: int) -> Tensor:
        """Return the permutation on the CPU, where it is made."""
        generator = torch.Generator().manual_seed(hash((self.seed, epoch)) % (1 << 63))
        order = torch.randperm(len(self.split), generator=generator)
        if self.buckets:
            lengths = self._lengths()
            batches = list(order[lengths[order].argsort(stable=True)].split(self.batch_size))
            places = torch.randperm(len(batches) - 1, generator=generator).tolist()  # a smaller batch stays last
            order = torch.cat([*(batches[place] for place in places), batches[-1]])
        return order

    def _segments(self, epoch: int) -> list[int]:
        """Return the number of segments of each batch."""
        assert self.segment is not None
        if epoch != self._segment_counts[0]:
            lengths = self._lengths()
            if self.shuffle:
                lengths = lengths[self._order(epoch)]
            self._segment_counts = epoch, [-(-steps // self.segment) for steps in self._most(lengths)]
        return self._segment_counts[1]

    def _lengths(self) -> Tensor:
        """Return the length of each sequence without padding, on the CPU: (N,)."""
        if (mask := self.split.mask) is not None:
            return mask.sum(1).cpu()
        return torch.full((len(self.split),), self.split.base.x.shape[1])

    def _most(self, lengths: Tensor) -> list[int]:
        """Return the largest length in each batch; lengths: in the order of the epoch, (N,)."""
        return [int(part.max()) for part in lengths.split(self.batch_size)]

    def _sizes(self, order: Tensor | None) -> tuple[list[int], list[int]]:
        """Return the steps and the symbols of the target that each batch of the epoch keeps, empty if it keeps all.

        They are found once an epoch, since reading a number of a batch waits for the work of a GPU.
        """
        if self.batch_size == len(self.split):
            return [], []
        steps = None if self.split.mask is None else self._lengths()
        symbols = (self.split.y != AFTER_END).sum(1).cpu() if self.sequences else None
        lengths = [each if each is None or order is None else each[order] for each in (steps, symbols)]
        kept = [[] if each is None else self._most(each) for each in lengths]
        return kept[0], kept[1]

    def beginning(self, batches: int) -> "Loader | None":
        """Return a loader of the first batches of epoch 0, in their order; None if they are not rows of the split."""
        if self.segment is not None or type(self).epoch is not Loader.epoch:
            return None
        order = self._order(0) if self.shuffle else torch.arange(len(self.split))
        rows = order[: batches * self.batch_size]
        found = copy(self)
        found.split = Split(self.split.take(rows.to(self.split.base.x.device)))
        found.titles = None if self.titles is None else [self.titles[row] for row in rows.tolist()]
        found.shuffle = False
        return found

    @property
    def joinable(self) -> bool:
        """Whether several batches can be joined into one: without padding, segments and random transforms."""
        plain = self.segment is None and self.split.base.mask is None and not self.sequences
        own = type(self).epoch is not Loader.epoch  # a subclass that yields other batches
        return plain and not own and not self.augment and not self.unsupervised

    def joined(self, epoch: int, start: int = 0, *, values: int | None = None) -> Iterator[Batch]:
        """Yield the batches of `epoch`, several of them joined into one, if they are `joinable`.

        values: inputs that are joined, but at least one batch; None = as many as are gathered at once.
        """
        for part, _ in self._parts(self._order(epoch) if self.shuffle else None, start, values or BLOCK):
            yield self.converted(part)

    def converted(self, part: Batch) -> Batch:
        """Return examples as they are in memory as inputs of the network, without random transforms."""
        x = part.x if self.transform is None else self.transform(part.x)
        return part._replace(x=self.transforms(x))

    def base_rows(self, epoch: int, start: int, *, values: int) -> Iterator[Tensor]:
        """Yield the rows of the base that `joined` gathers. The split must consist of rows of a base."""
        assert isinstance(self.split.rows, Tensor)
        for rows, _ in self._rows(self._order(epoch) if self.shuffle else None, start, values):
            yield index_rows(self.split.rows, rows)

    def _without_segments(self, epoch: int, start: int) -> Iterator[Batch]:
        """Yield the batches, not cut into segments."""
        order = self._order(epoch) if self.shuffle else None
        sizes = self._sizes(order)
        for part, number in self._parts(order, start, BLOCK):
            yield from self._batches(part, epoch, number, sizes)

    def _parts(self, order: Tensor | None, start: int, values: int) -> Iterator[tuple[Batch, int]]:
        """Yield several batches at a time as they are in memory, and the number of the first in the epoch."""
        for rows, number in self._rows(order, start, values):
            whole = isinstance(rows, slice) and not rows.start and rows.stop >= len(self.split)
            yield (self.split.batch() if whole else self.split.take(rows)), number

    def _rows(self, order: Tensor | None, start: int, values: int) -> Iterator[tuple[Tensor | slice, int]]:
        """Yield the positions in the split of several batches at a time, and the number of the first in the epoch."""
        n, size = len(self.split), self.batch_size
        if order is not None:
            order = order.to(self.split.base.x.device)
        width = max(1, self.split.base.x[0].numel())
        block = size * max(1, values // (size * width))
        for first in range(start * size, n, block):
            rows: Tensor | slice = slice(first, first + block) if order is None else order[first : first + block]
            yield rows, first // size

    def _batches(self, part: Batch, epoch: int, number: int, sizes: tuple[list[int], list[int]]) -> Iterator[Batch]:
        """Yield the batches of a part of the data, without common padding; number: that of the first in the epoch.

        sizes: see `_sizes`.
        """
        steps, symbols = sizes
        fields = [[None] * len(part.x) if t is None else t.split(self.batch_size) for t in part[:3]]
        for place, (x, y, mask) in enumerate(zip(*fields, strict=False), number):
            x = x if self.transform is None else self.transform(x)
            if self.augment:
                given = self.transforms.augmented(x, self.seed, epoch, place)
                x = self.transforms(x) if self.unsupervised else given
            else:
                given = x = self.transforms(x)
            if self.unsupervised:
                y = x.flatten(2 if self.per_step else 1)[..., : self.target_size]
            batch = Batch(given, y, mask)
            if symbols:
                batch = batch._replace(y=batch.y[:, : symbols[place]])
            if steps and steps[place] < batch.x.shape[1]:
                batch = batch.steps(0, steps[place], per_step=self.per_step)
            yield batch


def longest(mask: Tensor) -> int:
    """Return the length of the longest sequence; mask: (N, T)."""
    return int(mask.sum(1).max())


def until_last_end(batch: Batch, y: Tensor) -> Batch:
    """Return a batch with its targets cut to the longest target sequence of y: (N, U)."""
    return batch._replace(y=batch.y[:, : longest(y != AFTER_END)])
