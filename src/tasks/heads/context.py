"""Prediction of the neighbours of a token.

Shapes: B examples, K outputs, C neighbours of an example.
"""

from typing import ClassVar

from torch import Tensor

from ...losses.context import ContextLoss
from ...spec import Batch
from ..metrics.base import Metrics, NoMetrics
from ..step import Step
from .base import Head


class Context(Head):
    """Predict the neighbours of a token from its outputs, which are the same for every place. Aggarwal 2.6.2.

    The loss is the mean over all pairs of a token and a neighbour. The prediction is the most likely neighbour.
    """

    targets: ClassVar[tuple[str, ...]] = ("context",)
    default_loss = "nnzoo.losses.multiclass.cross_entropy.CrossEntropy"

    def step(self, output: Tensor, batch: Batch) -> Step:
        """Return the raw outputs (B, K) of a batch with the mean loss of all pairs."""
        known = batch.y >= 0
        assert isinstance(self.loss, ContextLoss)
        losses = self.loss.context_losses(output, batch.y)
        return Step(losses[known].mean(), output, batch.y, counts=known)

    def count(self, batch: Batch) -> int:
        """Return the number of pairs of a batch."""
        return int((batch.y >= 0).sum())

    def predict(self, output: Tensor) -> Tensor:
        """Map (B, K) -> (B,) tokens by the scores of the loss."""
        return self.loss.scores(output).argmax(-1)

    def metrics(self) -> Metrics:
        """Return no metrics but the loss."""
        return NoMetrics()
