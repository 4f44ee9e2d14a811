"""Real numbers for each example, or for each step of a sequence."""

from torch import Tensor

from .base import Task
from .metrics import Fitted


class Regression(Task):
    """Fit real targets: the output, in the target's own units, is the prediction.

    Metrics: loss (of scaled targets, where they are scaled), and in the target's units mse, rmse, mae, r2 (share of
    the target's variance explained).
    """

    targets = ("real",)
    metrics = Fitted

    def decide(self, output: Tensor) -> Tensor:
        """(*n, D) -> (*n, D)."""
        return self.spec.in_units(output)
