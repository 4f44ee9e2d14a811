"""Metrics of sequences that are targets. Shapes: B sequences, U symbols."""

from collections.abc import Mapping
from typing import ClassVar

import torch
from torch import Tensor

from .base import Metrics, Mode


class SequenceMetrics(Metrics):
    """Of sequences of symbols (B, U) and those that are the targets, which `mask` is True of up to their ends.

    sequence_acc: share of sequences that are right in every symbol and in their length; token_acc: share of the
    targets' symbols, their ends among them, that are predicted at their place.
    """

    modes: ClassVar[Mapping[str, Mode]] = {"sequence_acc": "max", "token_acc": "max"}
    of_sequences: ClassVar[bool] = True

    def terms(self, prediction: Tensor, target: Tensor, mask: Tensor | None) -> list[Tensor]:
        """Sequences right, all; symbols right, all."""
        assert mask is not None
        right = (prediction == target) & mask
        whole = (right == mask).all(1)
        return [whole.sum(), whole.new_tensor(len(whole), dtype=torch.long), right.sum(), mask.sum()]

    def from_sums(self, *sums: float) -> dict[str, float]:
        """sequence_acc, token_acc."""
        whole, sequences, right, symbols = sums
        return {"sequence_acc": whole / sequences, "token_acc": right / symbols}
