"""What every data set offers: a spec before anything is read, splits in memory, and loaders over them."""

import logging
import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import ClassVar

import torch
from torch import Tensor

from ..errors import UserError
from ..preprocessing.base import Preprocessing
from ..preprocessing.default import default
from ..spec import Batch, BatchKind, DataSpec
from ..transforms import Transforms
from .loader import Loader
from .splits import Split

log = logging.getLogger("nnzoo.data")
log.setLevel(logging.INFO)

Splits = dict[str, Batch | Split]  # as they are loaded: a batch is a split of its own
LARGE = 1000  # examples that are evaluated at once, where memory allows it
SEGMENT = 500  # steps of contiguous text that are evaluated at once, where memory allows it
EVALUATED = 5 << 20  # inputs and outputs that are evaluated at once: memory does not grow with the data's sizes
HIDDEN = 32  # numbers that a step of a sequence counts at least: those of a network in between


class Data(ABC):
    """A data set: `spec` is there as soon as it is constructed, the examples after `splits()`.

    batch_size: examples in a training batch, unless `loader.batch_size` says otherwise; seed: order of the batches and
    random splits; gives: what the batches hold, `contiguous` where the examples are a few long rows, which are read in
    segments; unsupervised: the target is the input; transform: from the type in memory to numbers; transforms: further
    ones that the user has chosen; standardized: the data set scales the inputs itself; summary: what was read, in one
    line, None for data sets that are always the same; digest: a checksum of what was read, None where nothing was.
    """

    batch_size: ClassVar[int] = 32
    spec: DataSpec
    unsupervised: bool = False
    gives: BatchKind = "examples"
    summary: str | None = None
    digest: str | None = None
    transform: Callable[[Tensor], Tensor] | None = None
    transforms: Transforms = Transforms()
    standardized: bool = False

    def __init__(self, *, seed: int) -> None:
        self.seed = seed
        self._splits: dict[str, Split] | None = None

    @abstractmethod
    def load(self) -> Splits:
        """Read or make the examples: `train`, `test` and, unless it is empty, `val`, each a batch or rows of one."""

    @property
    def splits(self) -> dict[str, Split]:
        """The examples, loaded at the first use."""
        if self._splits is None:
            self._splits = {name: Split.of(part) for name, part in self.load().items()}
        return self._splits

    @property
    def preprocessing(self) -> Preprocessing:
        """How raw examples become the network's inputs, with what was fitted to the training split."""
        return default(self.spec)

    def use(self, transforms: Transforms) -> None:
        """Let inputs go through transforms; those without a state are fitted to the training split.

        Before anything is made the target. Raises UserError for inputs that a transform is not for.
        """
        self.spec = transforms.bind(self.spec, lambda: (batch.x for batch in self.eval_loader("train")))
        self.transforms = transforms

    def reconstruct(self) -> None:
        """Make the input the target. Raises UserError for tokens and ids."""
        try:
            self.spec = self.spec.with_input_as_target()
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

    def train_loader(
        self, *, batch_size: int | None = None, segment: int | None = None, buckets: bool = False
    ) -> Loader:
        """Return the shuffled training batches; contiguous text is read as `batch_size` rows, one after the other.

        Raises UserError for segments of sequences with a single target, and for a text too short for so many rows.
        """
        batch_size = self.batch_size if batch_size is None else batch_size
        if segment is not None and not self.spec.per_step:
            raise UserError(f"segments of {segment} steps need a target at every step; the data is {self.spec}")
        train = self.splits["train"]
        return Loader(
            folded(train.batch(), batch_size) if self.gives == "contiguous" else train,
            batch_size=batch_size,
            shuffle=True,
            seed=self.seed,
            transform=self.transform,
            transforms=self.transforms,
            augment=True,
            per_step=self.spec.per_step,
            unsupervised=self.unsupervised,
            sequences=self.spec.target == "sequence",
            segment=segment,
            buckets=buckets,
        )

    def eval_loader(self, split: str) -> Loader:
        """Return batches of a split in its own order, large ones as far as memory allows it: no gradients are held.

        Contiguous text is read in shorter segments instead.
        """
        part = self.splits[split]
        examples, segment = LARGE, None
        if self.gives == "contiguous":
            segment = affordable(SEGMENT, min(examples, len(part)) * numbers(self.spec, 1))
        else:
            steps = part.base.x.shape[1] if self.spec.sequence else 1
            examples = affordable(LARGE, numbers(self.spec, steps))
        return Loader(
            part,
            batch_size=examples,
            transform=self.transform,
            transforms=self.transforms,
            per_step=self.spec.per_step,
            unsupervised=self.unsupervised,
            sequences=self.spec.target == "sequence",
            segment=segment,
        )


def folded(stream: Batch, rows: int) -> Batch:
    """Return one long row (1, T) as so many rows, one going on where the row above ends; what is left is cut off.

    Raises UserError if they have no step.
    """
    if rows < 1:
        raise UserError(f"loader.batch_size is {rows}; it must be at least 1")
    steps = stream.x.shape[1] // rows
    if steps < 1:
        raise UserError(f"{stream.x.shape[1]} tokens to train on are too few for {rows} rows; lower loader.batch_size")
    x, y = (each[:, : rows * steps].view(rows, steps) for each in (stream.x, stream.y))
    return Batch(x, y)


def numbers(spec: DataSpec, steps: int) -> int:
    """Return about how many numbers evaluation holds of an example: inputs and outputs, of so many steps."""
    step = math.prod(spec.shape) + spec.target_size * spec.per_step
    if spec.sequence:
        step = max(step, HIDDEN)
    if spec.target_len is not None:
        return steps * step + spec.target_len * max(spec.target_size, HIDDEN)
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
