"""Metrics of tagged sequences. Shapes: B sequences, T steps."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from torch import Tensor

from .base import Mode
from .classification import ClassificationMetrics
from .spans import Tagset, span_scores


class SpanMetrics(ClassificationMetrics):
    """Of tags (B, T), by their names: how well the spans are found, and the metrics of `ClassificationMetrics`.

    precision: share of the predicted spans that are right, in place and type; recall: share of the given ones that are
    found; f1: their harmonic mean.
    """

    modes: ClassVar[Mapping[str, Mode]] = {
        "f1": "max",
        "precision": "max",
        "recall": "max",
        "acc": "max",
        "errors": "min",
    }

    def __init__(self, tags: Sequence[str]) -> None:
        super().__init__()
        self.tagset = Tagset(tags)

    def terms(self, prediction: Tensor, target: Tensor, mask: Tensor | None) -> list[Tensor]:
        """Wrong tags, all; spans right, predicted, given."""
        predicted, given = self.tagset.spans(prediction, mask), self.tagset.spans(target, mask)
        spans = [predicted.same(given).sum(), predicted.ends.sum(), given.ends.sum()]
        return [*super().terms(prediction, target, mask), *spans]

    def from_sums(self, *sums: float) -> dict[str, float]:
        """f1, precision, recall, acc, errors."""
        wrong, n, *spans = sums
        precision, recall, f1 = span_scores(*spans)
        return {"f1": f1, "precision": precision, "recall": recall, **super().from_sums(wrong, n)}
