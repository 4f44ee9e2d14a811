"""Prediction of a sequence of symbols of variable length, such as a translation."""

from typing import ClassVar

from torch import Tensor

from ...losses.base import masked_mean
from ...spec import AFTER_END, END_SYMBOL, Batch
from ..metrics.base import Metrics
from ..metrics.sequence_to_sequence import SequenceMetrics
from ..step import Step
from .base import Head


class SequenceToSequence(Head):
    """Predict a sequence of symbols: the most probable symbol at each step, up to the end symbol.

    Metrics: loss (nats per symbol, by teacher forcing), sequence_acc (share of sequences that are entirely correct),
    token_acc (share of correct symbols, including the end symbol). In validation and test the decoder reads its own
    predictions (free running), in training the symbols of the target (teacher forcing).
    Aggarwal 7.7.2.
    """

    targets: ClassVar[tuple[str, ...]] = ("sequence",)
    default_loss = "nnzoo.losses.multiclass.cross_entropy.CrossEntropy"

    teacher_forcing = True

    def step(self, output: Tensor, batch: Batch) -> Step:
        """Return the outputs (B, U, K) with the mean loss over all symbols of the targets, end symbols included."""
        valid = batch.y != AFTER_END
        losses = self.loss(output, batch.y.masked_fill(~valid, END_SYMBOL))
        return Step(masked_mean(losses, valid), output, batch.y, counts=valid)

    def count(self, batch: Batch) -> int:
        """Return the number of symbols of the targets, end symbols included."""
        return int((batch.y != AFTER_END).sum())

    def predict(self, output: Tensor) -> Tensor:
        """Map (B, U, K) -> (B, U) symbols by the scores of the loss; after the first end all are ends."""
        symbols = self.loss.scores(output).argmax(-1)
        return symbols.masked_fill((symbols == END_SYMBOL).cumsum(1) > 0, END_SYMBOL)

    def metrics(self) -> Metrics:
        """Return sequence_acc, token_acc."""
        return SequenceMetrics()
