"""Metrics of target sequences. Shapes: B sequences, U symbols."""

from collections.abc import Mapping
from typing import ClassVar

import torch
from torch import Tensor

from .base import Metrics, Mode


class SequenceMetrics(Metrics):
    """Metrics of predicted sequences (B, U); mask: True up to the end of the target sequences.

    sequence_acc: share of sequences whose symbols and length are all correct; token_acc: share of the target symbols,
    including end symbols, that are predicted at the right step.
    """

    modes: ClassVar[Mapping[str, Mode]] = {"sequence_acc": "max", "token_acc": "max"}
    of_sequences: ClassVar[bool] = True

    def terms(self, prediction: Tensor, target: Tensor, mask: Tensor | None) -> list[Tensor]:
        """Return numbers of correct sequences, sequences, correct symbols and symbols."""
        assert mask is not None
        correct = (prediction == target) & mask
        all_correct = (correct == mask).all(1)
        total = all_correct.new_full((), len(all_correct), dtype=torch.long)
        return [all_correct.sum(), total, correct.sum(), mask.sum()]

    def from_sums(self, *sums: float) -> dict[str, float]:
        """Return sequence_acc, token_acc."""
        correct_sequences, sequences, correct_symbols, symbols = sums
        return {"sequence_acc": correct_sequences / sequences, "token_acc": correct_symbols / symbols}
