"""One class of K for each example, or for each step of a sequence."""

from torch import Tensor

from .base import Task
from .metrics import Classified, Sums


class Classification(Task):
    """Decide for a class: the largest of K outputs, or the sign of one.

    Metrics: loss, acc (share of right decisions), errors (number of wrong ones).
    """

    targets = ("classes",)
    metrics: type[Sums] = Classified

    def decide(self, output: Tensor) -> Tensor:
        """(*n, K) -> (*n) classes, by the loss's scores; of one, class 1 where it is positive."""
        scores = self.loss.scores(output)
        if scores.shape[-1] == 1:
            return (scores.squeeze(-1) > 0).long()
        return scores.argmax(-1)
