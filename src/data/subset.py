"""Parts of a data set with classes: fewer training examples, or fewer classes.

Shapes: N examples.
"""

from collections.abc import Sequence
from dataclasses import replace

import torch

from ..errors import UserError
from ..spec import Batch, DataSpec
from .base import Splits
from .folds import Fold
from .holdout import stratified
from .splits import Split


def check_train(train: int | None) -> None:
    """Raise UserError unless the number of training examples is None or at least 2."""
    if train is not None and train < 2:
        raise UserError(f"train is {train}; it must be at least 2 examples")


def with_fewer_training_examples(
    splits: Splits, train: int | None, *, seed: int, val: float, fold: Fold | None
) -> Splits:
    """Return splits with only `train` of the training examples, a stratified random choice by `seed`; None keeps all.

    val, fold: what else takes examples from the training set, for the message. Raises UserError if there are fewer.
    """
    part = Split.of(splits["train"])
    if train is None or train == len(part):
        return splits
    if train > len(part):
        by = f"val={val}" if fold is None else f"cv={fold.count}"
        raise UserError(f"train is {train}; there are {len(part)} training examples with {by}")
    _, chosen = stratified(part.y, train, seed)
    return splits | {"train": part.subset(chosen)}


def with_classes(spec: DataSpec, classes: Sequence[int] | None) -> DataSpec:
    """Return the spec of the examples of some classes, in the order of the data; None keeps all.

    Raises UserError for numbers that are not classes, and for a class that occurs twice.
    """
    if classes is None:
        return spec
    for each in classes:
        if each not in range(spec.target_size):
            raise UserError(f"classes contains {each}; the classes are the numbers from 0 to {spec.target_size - 1}")
    if not classes or len(set(classes)) < len(classes):
        raise UserError(f"classes is {list(classes)}; it must be a list of different classes, or null for all")
    chosen = sorted(classes)
    return replace(
        spec,
        target_size=len(chosen),
        labels=tuple(spec.labels[each] for each in chosen),
        classes=tuple(spec.classes[each] for each in chosen) if spec.classes else (),
    )


def require_two_classes(classes: Sequence[int] | None) -> None:
    """Raise UserError if only one class is chosen."""
    if classes is not None and len(classes) < 2:
        raise UserError(f"classes is {list(classes)}; a network that predicts the class needs at least two")


def only_classes(examples: Batch | Split, classes: Sequence[int] | None) -> Batch | Split:
    """Return the examples of some classes, which are renumbered from 0 in the order of the data; None keeps all."""
    if classes is None:
        return examples
    split, chosen = Split.of(examples), torch.tensor(sorted(classes))
    part = split.take(torch.isin(split.y, chosen).nonzero().flatten())
    return part._replace(y=torch.searchsorted(chosen, part.y))
