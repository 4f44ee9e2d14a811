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

    def from_sums(self, *sums: float) -> dict[str, float]:
        """Return acc, errors."""
        wrong, n = sums
        return {"acc": 1 - wrong / n, "errors": wrong}
