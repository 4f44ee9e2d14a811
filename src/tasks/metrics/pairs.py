"""Metrics of pairs that occur and of sampled pairs. Shapes: B pairs."""

from collections.abc import Mapping
from typing import ClassVar

import torch
from torch import Tensor

from .base import Metrics, Mode


class PairMetrics(Metrics):
    """acc: share of the weights of pairs whose prediction (B, 1) is right: above one half if the target is above 0.

    The size of a target (B, 1) is its weight.
    """

    modes: ClassVar[Mapping[str, Mode]] = {"acc": "max"}

    def terms(self, prediction: Tensor, target: Tensor, mask: Tensor | None) -> list[Tensor]:
        """Return the weight of the pairs with a right prediction, and of all pairs."""
        del mask
        weight = target.abs().float()
        right = (prediction > 0.5) == (target > 0)
        return [torch.where(right, weight, torch.zeros_like(weight)).sum(), weight.sum()]

    def from_sums(self, *sums: float) -> dict[str, float]:
        """Return acc."""
        right, total = sums
        return {"acc": right / total}
