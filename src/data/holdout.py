"""Random splits of data sets that have no official split.

Shapes: N examples.
"""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..errors import UserError
from ..spec import Batch
from .splits import Split


def check_fraction(name: str, fraction: float) -> None:
    """Raise UserError unless 0 <= fraction < 1."""
    if not 0 <= fraction < 1:
        raise UserError(f"{name} is {fraction}; it must be a fraction, at least 0 and below 1")


def check_text_fractions(val: float, test: float) -> None:
    """Raise UserError unless both are fractions, test is above 0, and something is left for training."""
    check_fraction("val", val)
    check_fraction("test", test)
    if not test:
        raise UserError("test is 0; it must be a fraction above 0: a text has no separate test set")
    if val + test >= 1:
        raise UserError(f"val={val} and test={test} leave nothing to train on")


def count_of(fraction: float, n: int) -> int:
    """Return how many of `n` examples a fraction is: at least one, unless it is 0."""
    return max(1, round(fraction * n)) if fraction else 0


def classes_of(y: Tensor) -> Tensor | None:
    """Return the targets if they are classes of examples, int64 (N,), for a stratified split; else None."""
    return None if y.is_floating_point() or y.ndim > 1 else y


def random_split(n: int, held_out: int, seed: int) -> tuple[Tensor, Tensor]:
    """Return the sorted indices of a random split of `n` examples: the remaining and the `held_out` examples.

    Raises UserError if no examples remain.
    """
    if not 0 <= held_out < n:
        raise UserError(f"cannot hold out {held_out} of {n} examples")
    held = torch.zeros(n, dtype=torch.bool)
    held[torch.randperm(n, generator=torch.Generator().manual_seed(seed))[:held_out]] = True
    return (~held).nonzero().flatten(), held.nonzero().flatten()


def stratified(y: Tensor, held_out: int, seed: int) -> tuple[Tensor, Tensor]:
    """Return the indices of a stratified random split; each class differs from its share by less than one example.

    y: classes (N,); return value: see `random_split`. The examples of each class are spread evenly over a random order,
    and the first `held_out` are held out. If a class then differs by more, for instance with a large class and many
    classes of one example, the largest remainder method rounds the shares. Raises UserError if no examples remain.
    """
    if not 0 <= held_out < len(y):
        raise UserError(f"cannot hold out {held_out} of {len(y)} examples")
    order = torch.randperm(len(y), generator=torch.Generator().manual_seed(seed)).numpy()
    label = integer_classes(y.numpy())[order]
    counts = np.bincount(label)
    by_class = label.argsort(kind="stable")
    rank = np.arange(len(y))
    rank -= np.repeat(counts.cumsum() - counts, counts)
    place = np.empty(len(y))  # position of an example in its class, evenly spaced in (0, 1)
    place[by_class] = rank + 0.5
    place /= counts[label]
    first = smallest(place, held_out)
    wanted = counts * held_out / len(y)
    # only if necessary, so that splits of earlier versions stay the same
    if (np.abs(np.bincount(label[first], minlength=len(counts)) - wanted) >= 1).any():
        first[by_class] = rank < np.repeat(round_to_total(wanted, held_out), counts)  # the first examples of each class
    held = np.zeros(len(y), dtype=np.bool_)
    held[order[first]] = True
    return torch.from_numpy(np.flatnonzero(~held)), torch.from_numpy(np.flatnonzero(held))


def integer_classes(y: NDArray[np.int64]) -> NDArray[np.integer[Any]]:
    """Return classes (N,) as integers from 0 in the same order; with 16 bits, if possible, they sort in linear time."""
    label = y - y.min()
    if label.max() > 2 * len(y):
        label = np.unique(label, return_inverse=True)[1]
    return label.astype(np.uint16) if label.max() < 1 << 16 else label


def smallest(values: NDArray[np.float64], count: int) -> NDArray[np.bool_]:
    """Return a mask of the `count` smallest values, of equal values the first: (N,)."""
    if not count:
        return np.zeros(len(values), dtype=np.bool_)
    limit = np.partition(values, count - 1)[count - 1]
    found: NDArray[np.bool_] = values < limit
    found[np.flatnonzero(values == limit)[: count - np.count_nonzero(found)]] = True
    return found


def round_to_total(wanted: NDArray[np.float64], total: int) -> NDArray[np.int64]:
    """Return `wanted` rounded to integers with the sum `total`; those with the largest remainders are rounded up."""
    whole = np.floor(wanted).astype(np.int64)
    missing = total - whole.sum()
    whole[(whole - wanted).argsort(kind="stable")[:missing]] += 1
    return whole


def train_test_split(examples: Batch | Split, fraction: float, seed: int) -> tuple[Split, Split]:
    """Return the remaining examples and a random `fraction` of them, at least one, as splits of the same base.

    The split is stratified if the targets are classes (int64). Raises UserError if no examples remain.
    """
    split = Split.of(examples)
    n, classes = len(split), classes_of(split.y)
    held_out = max(1, round(fraction * n))
    rest, held = random_split(n, held_out, seed) if classes is None else stratified(classes, held_out, seed)
    return split.subset(rest), split.subset(held)
