"""Holding out a part of a data set that has no official split.

Shapes: N examples.
"""

import torch
from torch import Tensor

from ..errors import UserError
from ..spec import Batch
from .base import carve


def check_fraction(name: str, fraction: float) -> None:
    """Raise UserError unless 0 <= fraction < 1."""
    if not 0 <= fraction < 1:
        raise UserError(f"{name} is {fraction}; it is a fraction, at least 0 and below 1")


def stratified(y: Tensor, held_out: int, seed: int) -> tuple[Tensor, Tensor]:
    """Return indices as `carve` does, with every class in proportion: off by less than one example.

    y: classes (N,). The examples of each class are spread evenly over the order, of which the first are held out. Where
    that is further off, as with one large class beside many of one example, the shares of the classes are rounded by
    the largest remainders. Raises UserError if nothing is left.
    """
    if not 0 <= held_out < len(y):
        raise UserError(f"cannot hold out {held_out} of {len(y)} examples")
    order = torch.randperm(len(y), generator=torch.Generator().manual_seed(seed))
    _, label, counts = y[order].unique(return_inverse=True, return_counts=True)
    by_class = label.argsort(stable=True)
    first = counts.cumsum(0) - counts
    place = torch.empty(len(y), dtype=torch.float64)  # of an example in its class, evenly spaced in (0, 1)
    rank = torch.arange(len(y)) - first.repeat_interleave(counts)
    place[by_class] = (rank + 0.5).double() / counts.repeat_interleave(counts)
    by_place = place.argsort(stable=True)
    taken = label[by_place[:held_out]].bincount(minlength=len(counts))
    wanted = counts.double() * held_out / len(y)
    if ((taken - wanted).abs() >= 1).any():  # not always: splits that were right stay as they were
        held = rank < shares(wanted, held_out).repeat_interleave(counts)  # of each class the first in random order
        by_place = torch.cat([by_class[held], by_class[~held]])
    order = order[by_place]
    return order[held_out:].sort().values, order[:held_out].sort().values


def shares(wanted: Tensor, total: int) -> Tensor:
    """Return whole numbers near those that are wanted, with a sum of `total`: the largest remainders are rounded up."""
    whole = wanted.floor().long()
    missing = total - int(whole.sum())
    whole[(wanted - whole).argsort(descending=True, stable=True)[:missing]] += 1
    return whole


def split_off(examples: Batch, fraction: float, seed: int) -> tuple[Batch, Batch]:
    """Return the rest and a random `fraction` of the examples, at least one.

    Classes (int64 targets) keep their proportions. Raises UserError if nothing is left.
    """
    n = len(examples.y)
    held_out = max(1, round(fraction * n))
    real = examples.y.is_floating_point()
    rest, held = carve(n, held_out, seed) if real else stratified(examples.y, held_out, seed)
    return examples.rows(rest), examples.rows(held)
