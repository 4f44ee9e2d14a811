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

    y: classes (N,). Raises UserError if nothing is left.
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
    order = order[place.argsort(stable=True)]
    return order[held_out:].sort().values, order[:held_out].sort().values


def split_off(examples: Batch, fraction: float, seed: int) -> tuple[Batch, Batch]:
    """Return the rest and a random `fraction` of the examples, at least one.

    Classes (int64 targets) keep their proportions. Raises UserError if nothing is left.
    """
    n = len(examples.y)
    held_out = max(1, round(fraction * n))
    real = examples.y.is_floating_point()
    rest, held = carve(n, held_out, seed) if real else stratified(examples.y, held_out, seed)
    return examples.rows(rest), examples.rows(held)
