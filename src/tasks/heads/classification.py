"""One class of K for each example, or for each step of a sequence."""

from typing import ClassVar

from torch import Tensor

from ..metrics.base import Metrics
from ..metrics.classification import ClassificationMetrics
from .base import Head


class Classification(Head):
    """Predict a class: the largest of K outputs, or the sign of one.

    Metrics: loss, acc (share of correct predictions), errors (number of wrong ones).
    """

    targets: ClassVar[tuple[str, ...]] = ("classes",)
    default_loss = "nnzoo.losses.multiclass.cross_entropy.CrossEntropy"

    def predict(self, output: Tensor) -> Tensor:
        """(*n, K) -> (*n) classes, by the loss's scores; of one output, class 1 where it is positive."""
        scores = self.loss.scores(output)
        if scores.shape[-1] == 1:
            return (scores.squeeze(-1) > 0).long()
        return scores.argmax(-1)

    def metrics(self) -> Metrics:
        """acc, errors."""
        return ClassificationMetrics()
