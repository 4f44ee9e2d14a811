"""Metrics of tagged sequences. Shapes: B sequences, T steps."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from torch import Tensor

from .base import Mode
from .classification import ClassificationMetrics
from .spans import Tagset, span_scores


class SpanMetrics(ClassificationMetrics):
    """Span metrics of predicted tags (B, T), in addition to `ClassificationMetrics`.

    precision: share of the predicted spans whose steps and type are correct; recall: share of the target spans that are
    predicted; f1: harmonic mean of both.
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
        """Return numbers of wrong tags and tags, and of correct, predicted and target spans."""
        predicted, actual = self.tagset.spans(prediction, mask), self.tagset.spans(target, mask)
        spans = [predicted.matches(actual).sum(), predicted.ends.sum(), actual.ends.sum()]
        return [*super().terms(prediction, target, mask), *spans]

    def from_sums(self, *sums: float) -> dict[str, float]:
        """Return f1, precision, recall, acc, errors."""
        wrong, n, *spans = sums
        precision, recall, f1 = span_scores(*spans)
        return {"f1": f1, "precision": precision, "recall": recall, **super().from_sums(wrong, n)}
