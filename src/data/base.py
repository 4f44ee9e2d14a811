"""The base class of data sets: a spec that is known before data is read, splits in memory, and their loaders."""

import logging
import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from types import MappingProxyType
from typing import ClassVar

import torch
from torch import Tensor
from torch.nn.functional import one_hot

from ..card import TargetKind
from ..errors import UserError
from ..files.contents import Contents
from ..preprocessing.base import Preprocessing
from ..preprocessing.default import default
from ..runs.ratings import KnownRatings
from ..spec import Batch, BatchKind, DataSpec
from ..transforms import Transforms
from .folds import Fold, current_fold
from .holdout import classes_of, count_of, random_split, stratified
from .loader import Loader
from .splits import Split

log = logging.getLogger("nnzoo.data")
log.setLevel(logging.INFO)

SPLITS = ("train", "val", "test")
Splits = dict[str, Batch | Split]  # result of `load`; a batch stands for the split of all its examples
EVAL_EXAMPLES = 1000  # maximum number of examples in an evaluation batch
EVAL_STEPS = 500  # maximum number of steps in an evaluation batch of contiguous text
EVAL_VALUES = 5 << 20  # maximum number of inputs and outputs in an evaluation batch, which limits the memory
MIN_STEP_VALUES = 32  # minimum estimate of the values in a step of a sequence, for the hidden units of the network


class Data(ABC):
    """A data set: `spec` is known after construction, the examples are loaded when `splits` is first read.

    batch_size: default of `loader.batch_size`; seed: for the order of the batches and random splits; batch_kind: of the
    training batches, "contiguous" for a few long rows that are read in segments; unsupervised: the target is the input;
    transform: conversion of inputs from the type in memory to floats; transforms: those that the user has chosen;
    standardized: the data set standardizes its inputs; target_has_places: the target is the place of something in an
    image, which transforms that move pixels would make wrong; no_folds: why the data cannot be divided into the folds
    of a cross-validation, empty if it can; summary: a one-line description of the data, None for data sets
    that never change; digest: a checksum of the files or objects that were read, None if there are none; contents: what
    is recorded of them beside the checksum (`files.contents`). step_values: how many numbers the network holds for each
    step, if it reads tokens as counts, else 0. target_kind: the kind of target, or value of the setting `target` ->
    kind, a literal that is read before the module is imported; None if the kind depends on more.
    """

    batch_size: ClassVar[int] = 32
    spec: DataSpec
    unsupervised: bool = False
    batch_kind: BatchKind = "examples"
    summary: str | None = None
    digest: str | None = None
    contents: Contents = MappingProxyType({})
    transform: Callable[[Tensor], Tensor] | None = None
    transforms: Transforms = Transforms()
    standardized: bool = False
    target_has_places: bool = False
    step_values: int = 0
    no_folds: ClassVar[str] = ""
    target_kind: ClassVar[TargetKind | dict[str, TargetKind] | None] = None

    def __init__(self, *, seed: int) -> None:
        self.seed = seed
        self._fold = current_fold()
        self._fold_taken = False
        self._splits: dict[str, Split] | None = None
        self._raw_spec: DataSpec | None = None
        self._original_spec: DataSpec | None = None
        self._class_added = False

    @abstractmethod
    def load(self) -> Splits:
        """Read or generate the examples: `train`, `test` and, unless it is empty, `val`."""

    @property
    def splits(self) -> dict[str, Split]:
        """The splits by name, loaded on first use."""
        if self._splits is None:
            self._splits = {name: Split.of(part) for name, part in self.load().items()}
            if self._class_added:
                self._splits = {name: self._with_class_in_input(part) for name, part in self._splits.items()}
                self.transform = None
            if self._fold is not None and not self._fold_taken:
                reason = self.no_folds or "its class does not call `hold_out`"
                raise UserError(f"cv={self._fold.count}: {type(self).__name__} cannot be divided into folds: {reason}")
        return self._splits

    def take_fold(self) -> Fold | None:
        """Return the fold that is the validation split, None without cross-validation."""
        self._fold_taken = True
        return self._fold

    def hold_out(self, n: int, held_out: int, classes: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Return the sorted indices of the training and the validation examples among the `n` that are not for testing.

        The validation examples are `held_out` random ones or, in cross-validation, the fold. classes: int64 (n,), for a
        stratified split. Raises UserError if no training examples remain.
        """
        fold = self.take_fold()
        if fold is not None:
            return fold.rows(n, self.seed, classes)
        return random_split(n, held_out, self.seed) if classes is None else stratified(classes, held_out, self.seed)

    def hold_out_validation(self, examples: Batch | Split, fraction: float) -> Splits:
        """Return the training and, unless it is empty, the validation split of the examples that are not for testing.

        The validation split is a random `fraction`, stratified if the targets are classes, or the fold; see `hold_out`.
        """
        split = Split.of(examples)
        rest, held = self.hold_out(len(split), count_of(fraction, len(split)), classes_of(split.y))
        return {"train": split.subset(rest), "val": split.subset(held)} if len(held) else {"train": split}

    def with_fold(self, splits: Splits) -> Splits:
        """Return splits in which, in cross-validation, the fold of all training and validation examples is `val`."""
        if self.take_fold() is None:
            return splits
        train, val = splits["train"], splits.get("val")
        examples = train if val is None or val is train else concatenate(Split.of(train).batch(), Split.of(val).batch())
        return splits | self.hold_out_validation(examples, 0)

    @property
    def preprocessing(self) -> Preprocessing:
        """The conversion of raw examples to inputs, with the statistics of the training split."""
        return default(self.raw_spec)

    @property
    def raw_spec(self) -> DataSpec:
        """The spec of the examples before the transforms, without an added class; `spec` is of the network's inputs."""
        return self.spec if self._raw_spec is None else self._raw_spec

    def set_transforms(self, transforms: Transforms) -> None:
        """Apply transforms to the inputs; transforms without a state are fitted to the training split.

        Call it before `use_input_as_target`. Raises UserError for inputs that a transform does not support.
        """
        self._raw_spec = self.spec
        self.spec = transforms.bind(self.spec, lambda: (batch.x for batch in self.eval_loader("train")))
        self.transforms = transforms

    def use_input_as_target(self) -> None:
        """Make the input the target. Raises UserError for tokens and ids."""
        self._original_spec = self.spec
        try:
            self.spec = self.spec.with_input_as_target()
        except ValueError as error:
            raise UserError(str(error)) from error
        self.unsupervised = True

    def add_class_to_input(self, *, context: bool) -> None:
        """Append the one-hot class to the input, and make the input the target, with context=True without the class.

        Raises UserError for other targets than classes, inputs other than vectors and images, and transforms.
        """
        if self.transforms.by_name:
            raise UserError(f"transforms.{next(iter(self.transforms.by_name))} is for inputs without the class")
        self._raw_spec = self._original_spec = self.spec
        try:
            self.spec = self.spec.with_class_in_input(context=context)
        except ValueError as error:
            raise UserError(
                f"a network for examples with their classes {error}; use data=digits, for example"
            ) from error
        self.unsupervised = True
        self._class_added = True

    def _with_class_in_input(self, split: Split) -> Split:
        """Return a split with the one-hot class at the end of the flattened input."""
        batch = split.batch()
        x = batch.x if self.transform is None else self.transform(batch.x)
        return Split(Batch(torch.cat([x.flatten(1), one_hot(batch.y, self.spec.blocks[1][0]).to(x)], 1), batch.y))

    @property
    def fitted_preprocessing(self) -> Preprocessing:
        """The preprocessing of the network's inputs; with the class in the input, it reads the class, too."""
        if not self._class_added:
            return self.preprocessing
        from ..preprocessing.with_class import with_class  # pandas is slow to import

        return with_class(self.preprocessing, self.spec, self.original_spec)

    def remove_target(self) -> None:
        """Set the spec to one without a target; batches still contain a target, which is ignored."""
        self._original_spec = self.spec
        self.spec = self.spec.without_target()

    def predict_context(self) -> None:
        """Make a token the input and its neighbours the target. Raises UserError for data without such tokens."""
        raise UserError(
            "head=context predicts the neighbours of words or nodes, and the data has none: use data=corpus or "
            "data=karate, or another text or graph"
        )

    @property
    def original_spec(self) -> DataSpec:
        """The spec with the target of the data, also if the network learns without it."""
        return self.spec if self._original_spec is None else self._original_spec

    def class_targets(self, split: str) -> Tensor | None:
        """Return the classes (N,) of the examples of a split, also if the network learns without them, else None."""
        return self.splits[split].y if self.original_spec.target == "classes" and not self.spec.sequence else None

    def require_target(self) -> None:
        """Raise UserError if the user's data has no target."""
        return

    def describe_out_of_range(self, low: float, high: float) -> str | None:
        """Return a description of the inputs outside [low, high] and how to change that, None if it is not known."""
        del low, high
        return None

    def split_sizes(self) -> dict[str, int]:
        """Return the number of examples of each split; of contiguous text, the number of tokens."""
        contiguous = self.batch_kind == "contiguous"
        return {name: len(part) * (part.base.x.shape[1] if contiguous else 1) for name, part in self.splits.items()}

    def training_ratings(self) -> KnownRatings | None:
        """Return the ratings of the training split, which are stored with the run; None if the data has no ratings."""
        return None

    def log_summary(self) -> None:
        """Load the examples and log the summary."""
        if self.splits and self.summary:
            log.info("%s", self.summary)

    def has_digest(self, digest: str | None) -> bool:
        """Tell whether the data has this checksum; None matches any data."""
        return digest is None or (bool(self.splits) and self.digest == digest)  # some digests are set by `load`

    def titles(self, split: str) -> Sequence[str] | None:
        """Return a title of each example of a split, None if the examples have none."""
        del split
        return None

    def target_counts(self) -> tuple[float, ...]:
        """Return 1 + the number of training targets of each class or token, so that no count is 0."""
        train = self.splits["train"]
        targets = train.y if train.mask is None or not self.spec.per_step else train.y[train.mask]
        return tuple((targets.flatten().bincount(minlength=self.spec.target_size).double() + 1).tolist())

    def train_loader(
        self, *, batch_size: int | None = None, segment: int | None = None, buckets: bool = False
    ) -> Loader:
        """Return the shuffled training batches; contiguous text is divided into `batch_size` rows.

        segment, buckets: see `Loader`. Raises UserError for segments of sequences with a single target, and for a text
        that is too short for `batch_size` rows.
        """
        batch_size = self.batch_size if batch_size is None else batch_size
        if segment is not None and not self.spec.per_step:
            raise UserError(f"segments of {segment} steps need a target at every step; the data is {self.spec}")
        train = self.splits["train"]
        return Loader(
            to_rows(train.batch(), batch_size) if self.batch_kind == "contiguous" else train,
            batch_size=batch_size,
            shuffle=True,
            seed=self.seed,
            transform=self.transform,
            transforms=self.transforms,
            augment=True,
            per_step=self.spec.per_step,
            unsupervised=self.unsupervised,
            target_size=self.spec.target_size if self.unsupervised else None,
            sequences=self.spec.target == "sequence",
            original_spec=self.original_spec,
            segment=segment,
            buckets=buckets,
            titles=self.titles("train"),
        )

    def eval_loader(self, split: str) -> Loader:
        """Return the batches of a split in the order of its examples, as large as memory allows without gradients.

        The rows of contiguous text are always read side by side; their segments are shorter instead.
        """
        part = self.splits[split]
        examples, segment = EVAL_EXAMPLES, None
        if self.batch_kind == "contiguous":
            values = max(values_per_example(self.spec, 1), self.step_values)
            segment = limit_by_memory(EVAL_STEPS, min(examples, len(part)) * values)
        else:
            steps = part.base.x.shape[1] if self.spec.sequence else 1
            values = max(values_per_example(self.spec, steps), steps * self.step_values)
            examples = limit_by_memory(EVAL_EXAMPLES, values)
        return Loader(
            part,
            batch_size=examples,
            transform=self.transform,
            transforms=self.transforms,
            per_step=self.spec.per_step,
            unsupervised=self.unsupervised,
            target_size=self.spec.target_size if self.unsupervised else None,
            sequences=self.spec.target == "sequence",
            original_spec=self.original_spec,
            segment=segment,
            titles=self.titles(split),
        )


def concatenate(first: Batch, second: Batch) -> Batch:
    """Return the examples of two batches as one; sequences must have the same number of steps."""
    mask = None if first.mask is None or second.mask is None else torch.cat([first.mask, second.mask])
    return Batch(torch.cat([first.x, second.x]), torch.cat([first.y, second.y]), mask)


def to_rows(stream: Batch, rows: int) -> Batch:
    """Return a row (1, T) as `rows` rows of equal length, each the continuation of the previous one.

    The remaining steps at the end are dropped. Raises UserError if the rows are empty.
    """
    if rows < 1:
        raise UserError(f"loader.batch_size is {rows}; it must be at least 1")
    steps = stream.x.shape[1] // rows
    if steps < 1:
        raise UserError(f"{stream.x.shape[1]} tokens to train on are too few for {rows} rows; lower loader.batch_size")
    x, y = (each[:, : rows * steps].view(rows, steps) for each in (stream.x, stream.y))
    return Batch(x, y)


def values_per_example(spec: DataSpec, steps: int) -> int:
    """Return about how many inputs and outputs of an example with `steps` steps evaluation holds in memory."""
    step = math.prod(spec.shape) + spec.target_size * spec.per_step
    if spec.sequence:
        step = max(step, MIN_STEP_VALUES)
    if spec.target_len is not None:
        return steps * step + spec.target_len * max(spec.target_size, MIN_STEP_VALUES)
    outputs = spec.target_size * (math.prod(spec.shape[1:]) if spec.target == "class_map" else 1)
    return steps * step + outputs * (not spec.per_step)


def limit_by_memory(most: int, size: int) -> int:
    """Return how many items of `size` values fit into an evaluation batch: at least 1 and at most `most`."""
    return max(1, min(most, EVAL_VALUES // size))
