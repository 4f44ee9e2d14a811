"""Prediction of the next token at every step of a text."""

from typing import ClassVar

from torch import Tensor

from ..metrics.base import Metrics
from ..metrics.language_model import LanguageModelMetrics, PerplexityMetrics
from .base import Head


class LanguageModel(Head):
    """Predict a distribution over the vocabulary for the next token at every step.

    Metrics: loss (nats per token), perplexity (exp of the loss), bits (per token, which is per character for texts of
    characters), acc (share of tokens predicted correctly). Aggarwal 7.2.1, eq. 7.3.
    """

    targets: ClassVar[tuple[str, ...]] = ("next_token",)
    default_loss = "nnzoo.losses.multiclass.cross_entropy.CrossEntropy"

    def predict(self, output: Tensor) -> Tensor:
        """Map (*n, V) -> (*n) token ids by the scores of the loss."""
        return self.loss.scores(output).argmax(-1)

    def metrics(self) -> Metrics:
        """Return perplexity, bits, acc."""
        return LanguageModelMetrics()

    def metrics_of_loss(self) -> Metrics:
        """Return perplexity, bits."""
        return PerplexityMetrics()
