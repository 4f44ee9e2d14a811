"""Holding out a part of a data set that has no official split.

Shapes: N examples.
"""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..errors import UserError
from ..spec import Batch
from .base import random_split
from .splits import Split


def check_fraction(name: str, fraction: float) -> None:
    """Raise UserError unless 0 <= fraction < 1."""
    if not 0 <= fraction < 1:
        raise UserError(f"{name} is {fraction}; it is a fraction, at least 0 and below 1")


def stratified(y: Tensor, held_out: int, seed: int) -> tuple[Tensor, Tensor]:
    """Return indices as `random_split` does, with every class in proportion: off by less than one example.

    y: classes (N,). The examples of each class are spread evenly over the order, of which the first are held out. Where
    that is further off, as with one large class beside many of one example, the shares of the classes are rounded by
    the largest remainders. Raises UserError if nothing is left.
    """
    if not 0 <= held_out < len(y):
        raise UserError(f"cannot hold out {held_out} of {len(y)} examples")
    order = torch.randperm(len(y), generator=torch.Generator().manual_seed(seed)).numpy()
    label = numbered(y.numpy())[order]
    counts = np.bincount(label)
    by_class = label.argsort(kind="stable")
    rank = np.arange(len(y))
    rank -= np.repeat(counts.cumsum() - counts, counts)
    place = np.empty(len(y))  # of an example in its class, evenly spaced in (0, 1)
    place[by_class] = rank + 0.5
    place /= counts[label]
    first = smallest(place, held_out)
    wanted = counts * held_out / len(y)
    if (np.abs(np.bincount(label[first], minlength=len(counts)) - wanted) >= 1).any():  # other splits stay as they were
        first[by_class] = rank < np.repeat(shares(wanted, held_out), counts)  # of each class the first in random order
    held = np.zeros(len(y), dtype=np.bool_)
    held[order[first]] = True
    return torch.from_numpy(np.flatnonzero(~held)), torch.from_numpy(np.flatnonzero(held))


def numbered(y: NDArray[np.int64]) -> NDArray[np.integer[Any]]:
    """Return classes (N,) as whole numbers from 0 in the same order, of 16 bits if they fit: a linear sort."""
    label = y - y.min()
    if label.max() > 2 * len(y):
        label = np.unique(label, return_inverse=True)[1]
    return label.astype(np.uint16) if label.max() < 1 << 16 else label


def smallest(values: NDArray[np.float64], count: int) -> NDArray[np.bool_]:
    """Tell which of the values are the `count` smallest, of equal ones the first: (N,)."""
    if not count:
        return np.zeros(len(values), dtype=np.bool_)
    limit = np.partition(values, count - 1)[count - 1]
    found: NDArray[np.bool_] = values < limit
    found[np.flatnonzero(values == limit)[: count - np.count_nonzero(found)]] = True
    return found


def shares(wanted: NDArray[np.float64], total: int) -> NDArray[np.int64]:
    """Return whole numbers near those that are wanted, with a sum of `total`: the largest remainders are rounded up."""
    whole = np.floor(wanted).astype(np.int64)
    missing = total - whole.sum()
    whole[(whole - wanted).argsort(kind="stable")[:missing]] += 1
    return whole


def train_test_split(examples: Batch | Split, fraction: float, seed: int) -> tuple[Split, Split]:
    """Return the rest and a random `fraction` of the examples, at least one, as rows of the same base.

    Classes (int64 targets) keep their proportions. Raises UserError if nothing is left.
    """
    split = Split.of(examples)
    n, y = len(split), split.y
    held_out = max(1, round(fraction * n))
    rest, held = random_split(n, held_out, seed) if y.is_floating_point() else stratified(y, held_out, seed)
    return split.subset(rest), split.subset(held)
