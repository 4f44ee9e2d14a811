"""Reconstruction of the input by an autoencoder."""

from typing import ClassVar

from torch import Tensor

from ..metrics.base import Metrics
from ..metrics.reconstruction import ReconstructionMetrics
from .base import Head


class Reconstruction(Head):
    """Predict the input, flattened, or each step of a sequence.

    The target of the data is not used. Metrics: loss, mse, rmse, mae, and r2 (the share of explained variance, over all
    inputs together).
    """

    targets: ClassVar[tuple[str, ...]] = ("input",)
    default_loss = "nnzoo.losses.regression.squared.Squared"

    def predict(self, output: Tensor) -> Tensor:
        """Map (*n, D) -> (*n, D), the values that the loss expects, for example the sigmoid of the outputs with bce."""
        return self.loss.expected(output)

    def actual(self, target: Tensor) -> Tensor:
        """Return the inputs in the form of predictions, for example as shares with loss=multinomial."""
        return self.loss.actual(target)

    def metrics(self) -> Metrics:
        """Return mse, rmse, mae, r2."""
        return ReconstructionMetrics()
