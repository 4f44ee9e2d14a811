"""Logistic regression by Newton's method.

Shapes: N rows, I inputs of the last layer (with a 1 for a bias), O outputs.
"""

from collections.abc import Iterable
from typing import ClassVar

import torch
from torch import Tensor

from ...errors import UserError
from ...losses.margin.logistic import Logistic
from ...spec import Batch, BatchKind
from ..loop import Diverged
from .closed_form import NormalEquations, Ridge
from .cost import check_cost


class Curvature(NormalEquations):
    """Gradient and Hessian of the summed logistic loss at the layer's weights, separately for each output."""

    def __init__(self, layer: torch.nn.Linear) -> None:
        super().__init__(layer)
        self.gradient = torch.zeros_like(self.cross)
        self.hessian = self.gram.new_zeros(layer.out_features, *self.gram.shape)

    def weights(self) -> Tensor:
        """Return weights and biases in float64: (I, O)."""
        parts = [self.layer.weight] if self.layer.bias is None else [self.layer.weight, self.layer.bias[:, None]]
        return torch.cat(parts, 1).t().double()

    def add(self, target: Tensor, mask: Tensor | None) -> None:
        """Add rows; targets are +1 and -1."""
        x, y = self.select_rows(target, mask)
        output = x @ self.weights()
        p = output.sigmoid()
        self.gradient -= x.t() @ (y * (-y * output).sigmoid())
        self.hessian += torch.einsum("ni,no,nj->oij", x, p * (1 - p), x)
        self.rows += len(x)

    def solve(self, penalty: float) -> None:
        """Take a Newton step. Raises Diverged for a singular Hessian, as of separable classes without a penalty."""
        decay = self.gram.new_full((len(self.gram),), penalty)
        decay[self.layer.in_features :] = 0
        gradient = self.gradient + decay[:, None] * self.weights()
        step, singular = torch.linalg.solve_ex((self.hessian + decay.diag()), gradient.t().unsqueeze(2))
        if singular.any() or not step.isfinite().all():
            raise Diverged("the logistic loss is flat in some direction; set task.penalty above 0")
        weights = self.weights().t() - step.squeeze(2)
        self.layer.weight.copy_(weights[:, : self.layer.in_features])
        if self.layer.bias is not None:
            self.layer.bias.copy_(weights[:, -1])


class Newton(Ridge):
    """Iteratively reweighted least squares: each epoch is one step of Newton's method on the logistic loss.

    It minimizes the summed loss + penalty/2 |W|^2 over the weights of the last layer; the bias is not penalized. More
    than two classes are one-vs-rest. Aggarwal 2.9.
    """

    targets: ClassVar[tuple[str, ...]] = ("classes",)
    takes: ClassVar[tuple[BatchKind, ...]] = ("examples",)
    one_epoch: ClassVar[bool] = False

    def check_cost(self, rows: int) -> None:
        """Raise UserError if the Hessians need more memory than there is; warn if a step takes long."""
        squares = self.readout.out_features * self.readout.in_features**2
        operations = squares * (2 * rows + self.readout.in_features)
        check_cost(self.readout.in_features, values=3 * squares, operations=operations)

    def make_equations(self) -> Curvature:
        """Return the equations whose sums are accumulated in a pass."""
        return Curvature(self.readout)

    def solve(self, batches: Iterable[Batch]) -> None:
        """Take one Newton step. Raises UserError unless the loss is the logistic loss."""
        if not isinstance(self.loss, Logistic):
            raise UserError("task 'newton' minimizes the logistic loss; choose loss=logistic")
        super().solve(batches)
