"""Code units that copy an input of the network.

Shapes: B examples of a batch, N examples, F inputs, K code units.
"""

from typing import ClassVar

import torch
from torch import Tensor

from ..data.base import Data
from ..errors import UserError
from ..tasks.base import Task
from .base import Evaluation
from .codes import check_codes


class CodeCopies(Evaluation):
    """Whether code units copy single inputs, or combine many.

    The sensitivity of unit k to input i is s_ki = var(x_i) * mean (dh_k / dx_i)^2, variance and mean over the examples.
    code_copies: share of the inputs of which a unit is a copy, that is, which have at least `share` of the sum of s_ki
    over all inputs, for some k: 1 if the code is the input, near 0 if units combine inputs, also if the code is larger
    than the input. inputs_per_unit: effective number of inputs that a unit combines, (sum_i s_ki)^2 / sum_i s_ki^2,
    averaged over units: 1 for copies, F for the mean of inputs of equal variance.
    Inputs that are the same in all examples, and units that do not depend on an input, are left out; without any unit,
    code_copies is 0 and inputs_per_unit is NaN. points: number of examples, evenly spaced, null for all.
    Raises UserError for values out of range, networks without codes, sequences, and codes without derivatives.
    Aggarwal 2.5.5.
    """

    names: ClassVar[tuple[str, ...]] = ("code_copies", "inputs_per_unit")

    def __init__(self, *, share: float = 0.9, points: int | None = 500) -> None:
        if not 0.5 < share <= 1:
            raise UserError(f"evaluations: share is {share}; it must be above 0.5 and at most 1")
        if points is not None and points < 2:
            raise UserError(f"evaluations: points is {points}; it must be at least 2")
        self.share = share
        self.points = points

    def check(self, task: Task, data: Data) -> None:
        """Raise UserError without one code per example."""
        check_codes(task, data, "copies in codes need")

    def compute(self, task: Task, data: Data, split: str) -> dict[str, float]:
        """Return code_copies and inputs_per_unit."""
        x = torch.cat([batch.x for batch in data.eval_loader(split)])
        if self.points is not None and len(x) > self.points:
            x = x[torch.arange(self.points) * len(x) // self.points]
        variance = x.flatten(1).double().var(0, correction=0)
        squares = squared_derivatives(task, x.to(task.device)).cpu().double()
        sensitivity = (squares * variance)[:, variance > 0]
        total = sensitivity.sum(1)
        sensitivity, total = sensitivity[total > 0], total[total > 0]
        shares = sensitivity / total[:, None]
        return {
            "code_copies": (shares >= self.share).any(0).double().mean().item(),
            "inputs_per_unit": shares.square().sum(1).reciprocal().mean().item(),
        }


def squared_derivatives(task: Task, x: Tensor) -> Tensor:
    """Return (dh_k / dx_i)^2, averaged over the examples: (K, F)."""
    x = x.clone().requires_grad_()
    with torch.enable_grad():
        code: Tensor = task.net.encode(x)  # type: ignore[operator]
        if not code.requires_grad:
            raise UserError("evaluations: the code has no derivatives, so that copies cannot be found")
        rows = [torch.autograd.grad(unit.sum(), x, retain_graph=True)[0] for unit in code.flatten(1).unbind(1)]
    return torch.stack([row.flatten(1).square().mean(0) for row in rows])
