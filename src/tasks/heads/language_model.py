"""The next token of a text, at every step."""

from typing import ClassVar

from torch import Tensor

from ..metrics.base import Metrics
from ..metrics.language_model import LanguageModelMetrics, PerplexityMetrics
from .base import Head


class LanguageModel(Head):
    """Predict the next token: a distribution over the vocabulary at every step.

    Metrics: loss (nats a token), perplexity (exp of it), bits (a token; bits per character for a text of
    characters), acc (share of tokens predicted correctly). Aggarwal 7.2.1, eq. 7.3.
    """

    targets: ClassVar[tuple[str, ...]] = ("next_token",)
    default_loss = "nnzoo.losses.multiclass.cross_entropy.CrossEntropy"

    def predict(self, output: Tensor) -> Tensor:
        """(*n, V) -> (*n) token ids, by the loss's scores."""
        return self.loss.scores(output).argmax(-1)

    def metrics(self) -> Metrics:
        """perplexity, bits, acc."""
        return LanguageModelMetrics()

    def metrics_of_loss(self) -> Metrics:
        """perplexity, bits."""
        return PerplexityMetrics()
