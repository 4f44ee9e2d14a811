"""A sequence of symbols for each example, of its own length: a translation, say."""

from typing import ClassVar

from torch import Tensor

from ...spec import END_SYMBOL
from ..metrics.base import Metrics
from ..metrics.sequence_to_sequence import SequenceMetrics
from .base import Head


class SequenceToSequence(Head):
    """Predict a sequence of symbols: the likeliest at each step, up to the symbol that ends it.

    Metrics: loss (nats a symbol, by teacher forcing), sequence_acc (share of sequences that are right as a whole),
    token_acc (share of symbols that are right at their place, ends among them). Of validation and test sequences the
    network has read no symbol but its own; in training it has read those of the target before each step.
    Aggarwal 7.7.2.
    """

    targets: ClassVar[tuple[str, ...]] = ("sequence",)
    default_loss = "nnzoo.losses.multiclass.cross_entropy.CrossEntropy"

    def predict(self, output: Tensor) -> Tensor:
        """(B, U, K) -> (B, U) symbols, by the loss's scores; after the first end all are ends."""
        symbols = self.loss.scores(output).argmax(-1)
        return symbols.masked_fill((symbols == END_SYMBOL).cumsum(1) > 0, END_SYMBOL)

    def metrics(self) -> Metrics:
        """sequence_acc, token_acc."""
        return SequenceMetrics()
