"""The input itself, as an autoencoder gives it."""

from typing import ClassVar

from torch import Tensor

from ..metrics.base import Metrics
from ..metrics.reconstruction import ReconstructionMetrics
from .base import Head


class Reconstruction(Head):
    """Predict the input: its numbers in a row, of each step if it is a sequence.

    The target of the data takes no part. Metrics: loss, and of the numbers mse, rmse, mae, r2 (share of their variance
    that is explained, of all together).
    """

    targets: ClassVar[tuple[str, ...]] = ("input",)
    default_loss = "nnzoo.losses.regression.squared.Squared"

    def predict(self, output: Tensor) -> Tensor:
        """(*n, D) -> (*n, D), as the loss takes outputs for numbers: by the sigmoid with the log loss."""
        return self.loss.expected(output)

    def metrics(self) -> Metrics:
        """mse, rmse, mae, r2."""
        return ReconstructionMetrics()
