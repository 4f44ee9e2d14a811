"""Prediction of whether pairs occur."""

from typing import ClassVar

from torch import Tensor

from ..metrics.base import Metrics
from ..metrics.pairs import PairMetrics
from .base import Head


class SignedCounts(Head):
    """Predict 1 for pairs that occur and 0 for sampled pairs, with loss=weighted_logistic a probability.

    Metrics: loss (mean over the pairs, each weighted by its count), acc (share of the counts of pairs whose prediction
    is on the right side of one half).
    """

    targets: ClassVar[tuple[str, ...]] = ("signed_counts",)
    default_loss = "nnzoo.losses.counts.weighted_logistic.WeightedLogistic"

    def predict(self, output: Tensor) -> Tensor:
        """Map (*n, 1) -> (*n, 1)."""
        return self.loss.expected(output)

    def metrics(self) -> Metrics:
        """Return acc."""
        return PairMetrics()
