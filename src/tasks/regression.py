"""Real numbers for each example, or for each step of a sequence."""

from torch import Tensor

from .base import Task
from .metrics import Fitted


class Regression(Task):
    """Fit real targets: the output is the decision.

    Metrics: loss, mse, rmse, mae, r2 (share of the target's variance explained).
    """

    targets = ("real",)
    metrics = Fitted

    def decide(self, output: Tensor) -> Tensor:
        """(*n, D) -> (*n, D)."""
        return output
