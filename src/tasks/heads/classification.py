"""Classification of examples or of steps of a sequence."""

from typing import ClassVar

from torch import Tensor

from ..metrics.base import Metrics
from ..metrics.classification import ClassificationMetrics
from .base import Head


class Classification(Head):
    """Predict the class with the largest of K outputs, or the sign of a single output.

    Metrics: loss, acc (share of correct predictions), errors (number of wrong predictions).
    """

    targets: ClassVar[tuple[str, ...]] = ("classes",)
    default_loss = "nnzoo.losses.multiclass.cross_entropy.CrossEntropy"

    def predict(self, output: Tensor) -> Tensor:
        """Map (*n, K) -> (*n) classes by the scores of the loss; with a single output, class 1 where it is above 0."""
        scores = self.loss.scores(output)
        if scores.shape[-1] == 1:
            return (scores.squeeze(-1) > 0).long()
        return scores.argmax(-1)

    def metrics(self) -> Metrics:
        """Return acc, errors."""
        return ClassificationMetrics()
