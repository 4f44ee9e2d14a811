"""Metrics of predicted classes. Shapes: B examples, T steps."""

from collections.abc import Mapping
from typing import ClassVar

import torch
from torch import Tensor

from .base import Metrics, Mode


class ClassificationMetrics(Metrics):
    """Share of correct and number of wrong class predictions (B,) or (B, T)."""

    modes: ClassVar[Mapping[str, Mode]] = {"acc": "max", "errors": "min"}

    def terms(self, prediction: Tensor, target: Tensor, mask: Tensor | None) -> list[Tensor]:
        """Return numbers of wrong predictions and of all predictions."""
        wrong = prediction != target
        if mask is None:
            return [wrong.sum(), wrong.new_full((), wrong.numel(), dtype=torch.long)]
        return [(wrong & mask).sum(), mask.sum()]

    def member_terms(self, prediction: Tensor, target: Tensor, mask: Tensor | None) -> Tensor:
        """See `Metrics`; without `torch.func`, which takes longer than these sums."""
        wrong = (prediction != target).flatten(1)
        if mask is None:
            return torch.stack([wrong.sum(1), wrong.new_full((len(wrong),), wrong.shape[1], dtype=torch.long)], 1)
        return torch.stack([(wrong & mask.flatten(1)).sum(1), mask.flatten(1).sum(1)], 1)

    def from_sums(self, *sums: float) -> dict[str, float]:
        """Return acc, errors."""
        wrong, n = sums
        return {"acc": 1 - wrong / n, "errors": wrong}
