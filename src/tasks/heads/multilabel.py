"""A set of labels for each example, or for each step of a sequence: next symbols of a grammar, say."""

from typing import ClassVar

from torch import Tensor

from ..metrics.base import Metrics
from ..metrics.multilabel import MultilabelMetrics
from .base import Head


class Multilabel(Head):
    """Predict a set of labels: those whose output is positive (probability above one half).

    Metrics: loss, acc (share of steps whose whole set is correct), errors (number of the others), mistakes (wrong
    steps per sequence), seq_acc (share of sequences without a wrong step), seq_errors (number of the others).
    """

    targets: ClassVar[tuple[str, ...]] = ("multilabel",)
    default_loss = "nnzoo.losses.bce.BinaryCrossEntropy"

    def predict(self, output: Tensor) -> Tensor:
        """(*n, K) -> (*n, K), True where a label is in the set."""
        return output.relu().bool()  # output > 0, in a third of the time

    def metrics(self) -> Metrics:
        """acc, errors, mistakes, seq_acc, seq_errors."""
        return MultilabelMetrics()
