"""What every data set offers: a spec before anything is read, splits in memory, and loaders over them.

Shapes: N examples, B of them in a batch, T time steps.
"""

import logging
import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from ..errors import UserError
from ..preprocessing.base import Preprocessing
from ..preprocessing.default import default
from ..spec import Batch, DataSpec

log = logging.getLogger("nnzoo.data")
log.setLevel(logging.INFO)

Splits = dict[str, Batch]
LARGE = 1000  # examples that are evaluated at once, where memory allows it
SEGMENT = 500  # steps of streams that are evaluated at once, where memory allows it
EVALUATED = 5 << 20  # inputs and outputs that are evaluated at once: memory does not grow with the data's sizes
HIDDEN = 32  # numbers that a step of a sequence counts at least: those of a network in between
BLOCK = 1 << 20  # numbers gathered at once: many small batches in one gather, large ones singly


class Loader:
    """Batches of a split held in memory; their order is a function of (seed, epoch) alone.

    split: all examples, x possibly in a compact type; transform: from that type to the network's, batch by batch.
    per_step: targets belong to steps; unsupervised: the target is the input, its numbers in a row; segment: each batch
    is read in pieces of so many steps, in order, until its longest sequence ends; buckets: batches are of sequences of
    like length, in random order.
    Iterating gives epoch 0. Raises UserError for values out of range, no examples, or a sequence without a step.
    """

    def __init__(
        self,
        split: Batch,
        *,
        batch_size: int,
        shuffle: bool = False,
        seed: int = 0,
        transform: Callable[[Tensor], Tensor] | None = None,
        per_step: bool = False,
        unsupervised: bool = False,
        segment: int | None = None,
        buckets: bool = False,
    ) -> None:
        if batch_size < 1:
            raise UserError(f"batch_size is {batch_size}; it must be at least 1")
        if not len(split.x):
            raise UserError("a split of the data has no examples")
        if split.mask is not None and not split.mask.any(1).all():
            raise UserError(f"sequence {int(split.mask.any(1).long().argmin())} of the data has no steps")
        self.per_step = per_step
        self.split = self._trim(split)
        self.batch_size = min(batch_size, len(split.x))
        self.shuffle = shuffle and self.batch_size < len(split.x)  # a full batch has no order
        self.seed = seed
        self.transform = transform
        self.unsupervised = unsupervised
        self.segment = segment
        self.buckets = buckets and split.mask is not None
        self._counted: tuple[int, list[int]] = -1, []  # the last epoch that was asked for, and its segments

    def __len__(self) -> int:
        return self.steps(0)

    def steps(self, epoch: int) -> int:
        """Return the number of batches in an epoch; of segments it depends on which sequences are read together."""
        return -(-len(self.split.x) // self.batch_size) if self.segment is None else sum(self._segments(epoch))

    def __iter__(self) -> Iterator[Batch]:
        return self.epoch(0)

    def to(self, device: torch.device) -> None:
        """Move the split to `device`, once."""
        self.split = self.split.to(device)

    def epoch(self, epoch: int, start: int = 0) -> Iterator[Batch]:
        """Yield the batches of an epoch from number `start` on."""
        if self.segment is None:
            yield from self._whole(epoch, start)
            return
        first = 0
        for segments in self._segments(epoch):
            if start < segments:
                break
            first, start = first + 1, start - segments
        for batch in self._whole(epoch, first):
            for begin in range(start * self.segment, batch.x.shape[1], self.segment):
                piece = batch.steps(begin, begin + self.segment, per_step=self.per_step)
                yield piece._replace(carry=begin > 0)
            start = 0

    def order(self, epoch: int) -> Tensor:
        """Return the permutation of the examples in an epoch: (N,)."""
        generator = torch.Generator().manual_seed(hash((self.seed, epoch)) % (1 << 63))
        order = torch.randperm(len(self.split.x), generator=generator)
        if self.buckets:
            assert self.split.mask is not None
            lengths = self.split.mask.sum(1).cpu()
            batches = list(order[lengths[order].argsort(stable=True)].split(self.batch_size))
            places = torch.randperm(len(batches) - 1, generator=generator).tolist()  # a short one stays last
            order = torch.cat([*(batches[place] for place in places), batches[-1]])
        return order.to(self.split.x.device)

    def _segments(self, epoch: int) -> list[int]:
        """Return the number of segments of each batch."""
        assert self.segment is not None
        if epoch != self._counted[0]:
            lengths = torch.full((len(self.split.x),), self.split.x.shape[1], device=self.split.x.device)
            if self.split.mask is not None:
                lengths = self.split.mask.sum(1)
            if self.shuffle:
                lengths = lengths[self.order(epoch)]
            longest = [int(part.max()) for part in lengths.split(self.batch_size)]
            self._counted = epoch, [-(-steps // self.segment) for steps in longest]
        return self._counted[1]

    def _whole(self, epoch: int, start: int) -> Iterator[Batch]:
        """Yield the batches of whole sequences, gathered many at a time."""
        n, size = len(self.split.x), self.batch_size
        order = self.order(epoch) if self.shuffle else None
        width = max(1, self.split.x[0].numel())
        block = size * max(1, BLOCK // (size * width))
        for first in range(start * size, n, block):
            rows: Tensor | slice = slice(first, first + block) if order is None else order[first : first + block]
            part = self.split if block >= n and order is None and not first else self.split.rows(rows)
            yield from self._batches(part)

    def _batches(self, part: Batch) -> Iterator[Batch]:
        """Cut a part of the data into batches, without their common padding."""
        fields = [[None] * len(part.x) if t is None else t.split(self.batch_size) for t in part[:3]]
        for x, y, mask in zip(*fields, strict=False):
            x = x if self.transform is None else self.transform(x)
            batch = Batch(x, x.flatten(2 if self.per_step else 1) if self.unsupervised else y, mask)
            yield batch if self.batch_size == len(self.split.x) else self._trim(batch)

    def _trim(self, batch: Batch) -> Batch:
        """Cut off the steps that are padding in every example."""
        if batch.mask is None:
            return batch
        steps = int(batch.mask.sum(1).max())
        return batch if steps == batch.mask.shape[1] else batch.steps(0, steps, per_step=self.per_step)


class Data(ABC):
    """A data set: `spec` is there as soon as it is constructed, the examples after `splits()`.

    batch_size: examples in a training batch, at most all of them; seed: order of the batches and random splits.
    unsupervised: the target is the input; streams: the examples are few long rows, which are always read in segments;
    summary: what was read, in one line, None for data sets that are always the same; digest: a checksum of what was
    read, None where nothing was.
    """

    spec: DataSpec
    unsupervised: bool = False
    streams: bool = False
    summary: str | None = None
    digest: str | None = None
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

    @property
    def preprocessing(self) -> Preprocessing:
        """How raw examples become the network's inputs, with what was fitted to the training split."""
        return default(self.spec)

    def reconstruct(self) -> None:
        """Make the input the target. Raises UserError for tokens and ids."""
        try:
            self.spec = self.spec.itself()
        except ValueError as error:
            raise UserError(str(error)) from error
        self.unsupervised = True

    def leave_out_target(self) -> None:
        """Say that there is no target; batches still have one, which nothing reads."""
        self.spec = self.spec.without_target()

    def require_target(self) -> None:
        """Raise UserError where the user's data has no target that a network could learn."""
        return

    def outside(self, low: float, high: float) -> str | None:
        """Return which of the inputs are outside [low, high] and what would change that, None where it is not known."""
        del low, high
        return None

    def announce(self) -> None:
        """Log what was read, once it is."""
        if self.splits and self.summary:
            log.info("%s", self.summary)

    def has_digest(self, digest: str | None) -> bool:
        """Tell whether what was read has this checksum; None stands for any."""
        return digest is None or (bool(self.splits) and self.digest == digest)  # some are read with the splits

    def frequencies(self) -> tuple[float, ...]:
        """Return how often each class or token is a training target, and once more: what never is one counts 1."""
        train = self.splits["train"]
        targets = train.y if train.mask is None or not self.spec.per_step else train.y[train.mask]
        return tuple((targets.flatten().bincount(minlength=self.spec.target_size).double() + 1).tolist())

    def train_loader(self, *, segment: int | None = None, buckets: bool = False) -> Loader:
        """Return the shuffled training batches. Raises UserError for segments of sequences with a single target."""
        if segment is not None and not self.spec.per_step:
            raise UserError(f"segments of {segment} steps need a target at every step; the data is {self.spec}")
        return Loader(
            self.splits["train"],
            batch_size=self.batch_size,
            shuffle=True,
            seed=self.seed,
            transform=self.transform,
            per_step=self.spec.per_step,
            unsupervised=self.unsupervised,
            segment=segment,
            buckets=buckets,
        )

    def eval_loader(self, split: str) -> Loader:
        """Return batches of a split in its own order, large ones as far as memory allows it: no gradients are held.

        They are never smaller than training batches; streams are read in shorter segments instead.
        """
        x = self.splits[split].x
        examples, segment = max(self.batch_size, LARGE), None
        if self.streams:
            segment = affordable(SEGMENT, min(examples, len(x)) * numbers(self.spec, 1))
        else:
            steps = x.shape[1] if self.spec.sequence else 1
            examples = max(self.batch_size, affordable(LARGE, numbers(self.spec, steps)))
        return Loader(
            self.splits[split],
            batch_size=examples,
            transform=self.transform,
            per_step=self.spec.per_step,
            unsupervised=self.unsupervised,
            segment=segment,
        )


def numbers(spec: DataSpec, steps: int) -> int:
    """Return about how many numbers evaluation holds of an example: inputs and outputs, of so many steps."""
    step = math.prod(spec.shape) + spec.target_size * spec.per_step
    if spec.sequence:
        step = max(step, HIDDEN)
    return steps * step + spec.target_size * (not spec.per_step)


def affordable(most: int, size: int) -> int:
    """Return how many things of a size in numbers are evaluated at once: at least 1 and at most so many."""
    return max(1, min(most, EVALUATED // size))


def random_split(n: int, held_out: int, seed: int) -> tuple[Tensor, Tensor]:
    """Return the indices of a random split of `n` examples: the rest and the `held_out` ones, each in order.

    Raises UserError if nothing is left.
    """
    if not 0 <= held_out < n:
        raise UserError(f"cannot hold out {held_out} of {n} examples")
    held = torch.zeros(n, dtype=torch.bool)
    held[torch.randperm(n, generator=torch.Generator().manual_seed(seed))[:held_out]] = True
    return (~held).nonzero().flatten(), held.nonzero().flatten()
