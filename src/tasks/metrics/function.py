"""A metric that a function computes from the predictions and targets of a whole split."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torchmetrics import Metric
from torchmetrics.utilities import dim_zero_cat

from .accumulator import one_number


class FunctionMetric(Metric):
    """The value of a function of all predictions and all targets of an epoch, which it keeps in memory.

    function: takes tensors of the CPU, (N,) or (N, D), and returns a number.
    """

    full_state_update = False
    prediction: list[Tensor]
    target: list[Tensor]

    def __init__(self, function: Callable[[Tensor, Tensor], Any]) -> None:
        super().__init__()
        self.function = function
        self.add_state("prediction", default=[], dist_reduce_fx="cat")
        self.add_state("target", default=[], dist_reduce_fx="cat")

    def update(self, prediction: Tensor, target: Tensor) -> None:
        """Keep the predictions and targets of a batch."""
        self.prediction.append(prediction.detach())
        self.target.append(target.detach())

    def compute(self) -> Tensor:
        """Return the value of the function."""
        prediction, target = dim_zero_cat(self.prediction).cpu(), dim_zero_cat(self.target).cpu()
        return torch.tensor(one_number(self.function(prediction, target)), dtype=torch.float64)
