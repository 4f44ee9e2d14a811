"""The multiclass perceptron. Shapes as in `losses.base`."""

from typing import ClassVar

import torch
from jaxtyping import Float, Int
from torch import Tensor

from ..base import LossWithDerivative
from .margins import wrong_minus_right


class MulticlassPerceptron(LossWithDerivative):
    """max(0, max_r z_r - z_c) with the right class c and wrong classes r; the gradient acts on two classes only.

    A tie counts as an error, as for two classes. Aggarwal 2.3.1, eq. 2.22-2.24.
    """

    targets: ClassVar[tuple[str, ...]] = ("classes",)

    def forward(self, output: Float[Tensor, "*n K"], target: Int[Tensor, "*n"]) -> Float[Tensor, "*n"]:
        """Return the loss for classes 0 to K-1."""
        margin = wrong_minus_right(output, target).max(-1).values
        return margin.where(margin >= 0, 0)  # unlike relu, it has a gradient at 0

    def with_derivative(
        self, output: Float[Tensor, "*n K"], target: Int[Tensor, "*n"]
    ) -> tuple[Float[Tensor, "*n"], Float[Tensor, "*n K"]]:
        """Return the losses and, for an error, 1 at the largest wrong output and -1 at the right one."""
        margin, largest = wrong_minus_right(output, target).max(-1, keepdim=True)
        wrong = (margin >= 0).to(output.dtype)
        slope = torch.zeros_like(output).scatter_(-1, largest, wrong).scatter_add_(-1, target.unsqueeze(-1), -wrong)
        return margin.where(margin >= 0, 0).squeeze(-1), slope
