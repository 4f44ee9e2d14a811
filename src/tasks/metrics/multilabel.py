"""Metrics of multilabel predictions. Shapes: B examples, T steps, K labels."""

from collections.abc import Mapping
from typing import ClassVar

from torch import Tensor

from .base import Metrics, Mode


class MultilabelMetrics(Metrics):
    """Metrics of label sets (B, K) or (B, T, K); a step is correct if its set is exactly predicted.

    acc: share of correct steps; errors: number of wrong steps.
    """

    modes: ClassVar[Mapping[str, Mode]] = {"acc": "max", "errors": "min"}

    def terms(self, prediction: Tensor, target: Tensor, mask: Tensor | None) -> list[Tensor]:
        """Return numbers of wrong steps, steps, sequences with a wrong step, and sequences.

        An example that is no sequence counts as a sequence of one step, so checkpoints have the same sums for all data.
        """
        wrong = (prediction != target.bool()).sum(-1) > 0  # (B,) or (B, T); faster than any(-1)
        if mask is not None:
            wrong = wrong & mask
        wrong_steps = wrong.flatten(1).sum(1) if wrong.ndim > 1 else wrong.long()  # (B,)
        steps = wrong_steps.new_full((), wrong.numel()) if mask is None else mask.sum()
        n = steps.new_full((), len(wrong)) if mask is None else mask.any(1).sum()
        return [wrong_steps.sum(), steps, (wrong_steps > 0).sum(), n]

    def from_sums(self, *sums: float) -> dict[str, float]:
        """Return acc, errors."""
        wrong, steps, _, _ = sums
        return {"acc": 1 - wrong / steps, "errors": wrong}


class MultilabelSequenceMetrics(MultilabelMetrics):
    """Metrics of the label sets of sequences: those of `MultilabelMetrics` and of whole sequences.

    mistakes: wrong steps per sequence; seq_acc: share of sequences without a wrong step; seq_errors: number of the
    other sequences. In training with segments each segment counts as a sequence.
    """

    modes: ClassVar[Mapping[str, Mode]] = {
        **MultilabelMetrics.modes,
        "mistakes": "min",
        "seq_acc": "max",
        "seq_errors": "min",
    }

    def from_sums(self, *sums: float) -> dict[str, float]:
        """Return acc, errors, mistakes, seq_acc, seq_errors."""
        wrong, _, failed, n = sums
        return {**super().from_sums(*sums), "mistakes": wrong / n, "seq_acc": 1 - failed / n, "seq_errors": failed}
