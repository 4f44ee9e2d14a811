"""Metrics of sets of labels. Shapes: B examples, T steps, K labels."""

from collections.abc import Mapping
from typing import ClassVar

from torch import Tensor

from .base import Metrics, Mode


class MultilabelMetrics(Metrics):
    """Of label sets (B, K) or (B, T, K); a step is right if its whole set is.

    acc: share of steps right; errors: number of steps wrong; mistakes: steps wrong per sequence;
    seq_acc: share of sequences with no step wrong; seq_errors: number of the others. In training by segments each
    segment counts as a sequence.
    """

    modes: ClassVar[Mapping[str, Mode]] = {
        "acc": "max",
        "errors": "min",
        "mistakes": "min",
        "seq_acc": "max",
        "seq_errors": "min",
    }

    def terms(self, prediction: Tensor, target: Tensor, mask: Tensor | None) -> list[Tensor]:
        """Wrong steps, steps, sequences with a wrong step, sequences."""
        wrong = (prediction != target.bool()).sum(-1) > 0  # (B,) or (B, T); faster than any(-1)
        if mask is not None:
            wrong = wrong & mask
        mistakes = wrong.flatten(1).sum(1) if wrong.ndim > 1 else wrong.long()  # (B,)
        steps = mistakes.new_tensor(wrong.numel()) if mask is None else mask.sum()
        n = steps.new_tensor(len(wrong)) if mask is None else mask.any(1).sum()
        return [mistakes.sum(), steps, (mistakes > 0).sum(), n]

    def from_sums(self, *sums: float) -> dict[str, float]:
        """acc, errors, mistakes, seq_acc, seq_errors."""
        wrong, steps, failed, n = sums
        return {
            "acc": 1 - wrong / steps,
            "errors": wrong,
            "mistakes": wrong / n,
            "seq_acc": 1 - failed / n,
            "seq_errors": failed,
        }
