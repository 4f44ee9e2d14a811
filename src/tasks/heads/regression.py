"""Regression of real targets for examples or for steps of a sequence."""

from typing import ClassVar

from torch import Tensor

from ..metrics.base import Metrics
from ..metrics.regression import RegressionMetrics
from .base import Head


class Regression(Head):
    """Predict real targets by the outputs, in the units of the target.

    Metrics: loss (of the scaled target if it is scaled), and in the units of the target mse, rmse, mae and r2 (the
    share of explained variance). With unknown entries they are computed over all known entries together.
    """

    targets: ClassVar[tuple[str, ...]] = ("real",)
    default_loss = "nnzoo.losses.regression.squared.Squared"

    def predict(self, output: Tensor) -> Tensor:
        """Map (*n, D) -> (*n, D)."""
        return self.spec.in_units(output)

    def actual(self, target: Tensor) -> Tensor:
        """Map (*n, D) -> (*n, D), in the units of the target."""
        return self.spec.in_units(target)

    def metrics(self) -> Metrics:
        """Return mse, rmse, mae, r2."""
        return RegressionMetrics()
