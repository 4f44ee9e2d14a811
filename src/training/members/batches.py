"""Batches of several members as one, with a leading dimension of members.

Shapes: M members, B examples of a batch.
"""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import pad

from ...data.base import EVAL_VALUES, limit_by_memory
from ...data.loader import BLOCK, Loader
from ...spec import AFTER_END, Batch

MAX_ROWS = 1 << 22  # of the members together, 32 MB
SIZES = "the members have batches of different sizes"


class StackedBatches:
    """The training batches of M members, whose order is that of the loader of each."""

    def __init__(self, loaders: Sequence[Loader]) -> None:
        self.loaders = list(loaders)
        self.whole: Batch | None = None  # if every batch is the whole training set

    def epoch(self, epoch: int, start: int, limit: int) -> Iterator[Batch]:
        """Yield the batches of an epoch from number `start`, at most `limit`: x (M, B, ...).

        Raises ValueError if the batches of the members do not have the same size.
        """
        first = self.loaders[0]
        if first.batch_size == len(first.split) and not first.augment:
            if self.whole is None:
                self.whole = stack([next(loader.epoch(epoch)) for loader in self.loaders])
            yield from [self.whole][:limit]
            return
        yield from islice(batches_of(self.loaders, epoch, start), limit)


def evaluation_batches(loaders: Sequence[Any], limit: int | None) -> Iterator[Batch]:
    """Yield the batches of loaders of evaluations: x (M, B, ...). limit: of their number."""
    if limit is None and all(isinstance(loader, Loader) and loader.joinable for loader in loaders):
        width = loaders[0].split.base.x[0].numel()
        for loader in loaders:  # smaller, since the batches of all members are in memory
            loader.batch_size = min(loader.batch_size, limit_by_memory(EVAL_VALUES, width * len(loaders)))
        yield from batches_of(loaders, 0, 0)
        return
    for batches in islice(zip(*loaders, strict=True), limit):
        yield stack(batches)


def batches_of(loaders: Sequence[Loader], epoch: int, start: int) -> Iterator[Batch]:
    """Yield the batches of an epoch of all loaders; several are gathered at a time if possible."""
    if not all(loader.joinable for loader in loaders):
        for batches in zip(*(loader.epoch(epoch, start) for loader in loaders), strict=True):
            yield stack(batches)
        return
    size, values = loaders[0].batch_size, BLOCK // len(loaders)
    for block in stacked_blocks(loaders, epoch, start, values):
        for x, y in zip(block.x.split(size, 1), block.y.split(size, 1), strict=True):
            yield Batch(x, y)


def stacked_blocks(loaders: Sequence[Loader], epoch: int, start: int, values: int) -> Iterator[Batch]:
    """Yield several batches of all loaders after each other as one: x (M, n, ...). values: inputs of each member."""
    first = loaders[0]
    shared = all(loader.split.base is first.split.base and isinstance(loader.split.rows, Tensor) for loader in loaders)
    if not shared or first.transforms.by_name:
        for blocks in zip(*(loader.joined(epoch, start, values=values) for loader in loaders), strict=True):
            yield stack(blocks)
        return
    if len({len(loader.split) for loader in loaders}) > 1:
        raise ValueError(SIZES)
    width = first.split.base.x[0].numel()
    many = min(len(first.split), MAX_ROWS // len(loaders)) * width  # rows that are looked up at a time
    size = first.batch_size * max(1, values // (first.batch_size * width))
    for rows in zip(*(loader.base_rows(epoch, start, values=many) for loader in loaders), strict=True):
        for part in torch.stack(rows).split(size, 1):
            block = first.converted(first.split.base.rows(part.flatten()))
            yield Batch(block.x.unflatten(0, part.shape), block.y.unflatten(0, part.shape))


def stack(batches: Sequence[Batch]) -> Batch:
    """Return batches of M members as one. Padding is added to sequences, so that all have as many steps.

    Raises ValueError if the numbers of examples differ.
    """
    first = batches[0]
    if len({len(batch.y) for batch in batches}) > 1:
        raise ValueError(SIZES)
    masks = None if first.mask is None else [batch.mask for batch in batches]
    return Batch(
        stack_padded([batch.x for batch in batches], 0),
        stack_padded([batch.y for batch in batches], AFTER_END if first.mask is None else 0),
        None if masks is None else stack_padded(masks, False),  # type: ignore[arg-type]
    )


def stack_padded(tensors: Sequence[Tensor], value: float) -> Tensor:
    """Stack tensors (B, T, ...), which are extended by a value in the dimension of T; the same tensor is not copied."""
    first = tensors[0]
    if all(tensor is first for tensor in tensors):
        return first.expand(len(tensors), *first.shape)
    if len({tensor.shape for tensor in tensors}) > 1:
        steps = max(tensor.shape[1] for tensor in tensors)
        tensors = [pad(each, (0, 0) * (each.ndim - 2) + (0, steps - each.shape[1]), value=value) for each in tensors]
    return torch.stack(list(tensors))
