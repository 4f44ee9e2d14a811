"""Multilabel classification of examples or of steps of a sequence."""

from typing import ClassVar

from torch import Tensor

from ..metrics.base import Metrics
from ..metrics.multilabel import MultilabelMetrics, MultilabelSequenceMetrics
from .base import Head


class Multilabel(Head):
    """Predict the set of labels whose output is above 0 (probability above one half).

    Metrics: loss, acc (share of examples or steps with the exact set), errors (number of the others); for sequences
    also mistakes (wrong steps per sequence), seq_acc (share of sequences without a wrong step), seq_errors (number of
    the other sequences).
    """

    targets: ClassVar[tuple[str, ...]] = ("multilabel",)
    default_loss = "nnzoo.losses.bce.BinaryCrossEntropy"

    def predict(self, output: Tensor) -> Tensor:
        """Map (*n, K) -> (*n, K), True where a label is in the set."""
        return output.relu().bool()  # equals output > 0 in a third of the time

    def metrics(self) -> Metrics:
        """Return acc, errors, and for sequences mistakes, seq_acc, seq_errors."""
        return MultilabelSequenceMetrics() if self.spec.sequence else MultilabelMetrics()
