"""Real numbers for each example, or for each step of a sequence."""

from typing import ClassVar

from torch import Tensor

from ..metrics.base import Metrics
from ..metrics.regression import RegressionMetrics
from .base import Head


class Regression(Head):
    """Predict real targets: the output, in the target's own units.

    Metrics: loss (of scaled targets, where they are scaled), and in the target's units mse, rmse, mae, r2 (share of
    the target's variance explained); of targets with unknown entries over the known ones of all outputs together.
    """

    targets: ClassVar[tuple[str, ...]] = ("real",)
    default_loss = "nnzoo.losses.regression.squared.Squared"

    def predict(self, output: Tensor) -> Tensor:
        """(*n, D) -> (*n, D)."""
        return self.spec.in_units(output)

    def actual(self, target: Tensor) -> Tensor:
        """(*n, D) -> (*n, D), in the target's own units."""
        return self.spec.in_units(target)

    def metrics(self) -> Metrics:
        """mse, rmse, mae, r2."""
        return RegressionMetrics()
