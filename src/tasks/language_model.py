"""The next token of a text, at every step."""

from torch import Tensor

from .base import Task
from .metrics import Predicted


class LanguageModel(Task):
    """Foretell the next token: a distribution over the vocabulary at every step.

    Metrics: loss (nats a token), perplexity (exp of it), bits (a token; bits per character for a text of
    characters), acc (share of tokens whose likeliest successor came). Aggarwal 7.2.1, eq. 7.3.
    """

    targets = ("next_token",)
    metrics = Predicted

    def decide(self, output: Tensor) -> Tensor:
        """(*n, V) -> (*n) token ids, by the loss's scores."""
        return self.loss.scores(output).argmax(-1)
