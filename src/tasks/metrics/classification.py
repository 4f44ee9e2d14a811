"""Metrics of predicted classes. Shapes: B examples, T steps."""

from collections.abc import Mapping
from typing import ClassVar

import torch
from torch import Tensor

from .base import Metrics, Mode


class ClassificationMetrics(Metrics):
    """Of class predictions (B,) or (B, T): share of correct ones, number of wrong ones."""

    modes: ClassVar[Mapping[str, Mode]] = {"acc": "max", "errors": "min"}

    def terms(self, prediction: Tensor, target: Tensor, mask: Tensor | None) -> list[Tensor]:
        """Wrong ones, all."""
        wrong = prediction != target
        if mask is None:
            return [wrong.sum(), wrong.new_tensor(wrong.numel(), dtype=torch.long)]
        return [(wrong & mask).sum(), mask.sum()]

    def from_sums(self, *sums: float) -> dict[str, float]:
        """acc, errors."""
        wrong, n = sums
        return {"acc": 1 - wrong / n, "errors": wrong}
