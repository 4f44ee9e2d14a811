"""A linear layer for many rows and few columns, as the inputs or outputs of all steps of sequences.

A matrix product on the CPU takes up to six times as long if the rows of its result have 7 numbers rather than 16. So
narrow results are computed transposed, and the gradient of the weights with the longer of its dimensions last.

Shapes: N rows, F inputs, O outputs.
"""

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

NARROW = 16  # columns of a result
TALL = 1024  # rows; with fewer, the overhead of an autograd function takes longer than the product


class TallLinear(nn.Linear):
    """A linear layer, as `torch.nn.Linear`."""

    def forward(self, x: Float[Tensor, "*n F"]) -> Float[Tensor, "*n O"]:
        """Return W x + b."""
        return tall_linear(x, self.weight, self.bias)


def tall_linear(
    x: Float[Tensor, "*n F"], weight: Float[Tensor, "O F"], bias: Float[Tensor, "O"] | None = None
) -> Float[Tensor, "*n O"]:
    """Return W x + b, as `torch.nn.functional.linear`."""
    outputs, inputs = weight.shape
    usual = (
        not x.is_cpu
        or x.dtype not in (torch.float32, torch.float64)
        or torch.compiler.is_compiling()
        or torch.jit.is_tracing()
        or torch._C._are_functorch_transforms_active()
        or torch.is_autocast_enabled("cpu")
        or x.numel() < TALL * inputs
        or min(outputs, inputs) >= NARROW
    )
    if usual:
        return nn.functional.linear(x, weight, bias)
    y: Tensor = TallProduct.apply(x.reshape(-1, inputs), weight, bias)
    return y.view(*x.shape[:-1], outputs)


class TallProduct(torch.autograd.Function):
    """(x (N, F), W (O, F), b (O) or None) -> x W^T + b (N, O)."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        """Return the product."""
        ctx.save_for_backward(x, weight)
        if len(weight) >= NARROW:
            return nn.functional.linear(x, weight, bias)
        y = weight @ x.t() if bias is None else torch.addmm(bias[:, None], weight, x.t())
        return y.t().contiguous()

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        """Return the gradients."""
        x, weight = ctx.saved_tensors
        outputs, inputs = weight.shape
        of_x = None
        if ctx.needs_input_grad[0]:
            narrow = inputs < NARROW
            of_x = (weight.t() @ gradient.t()).t().contiguous() if narrow else gradient @ weight
        of_weight = (x.t() @ gradient).t() if outputs > inputs else gradient.t() @ x
        return of_x, of_weight, gradient.sum(0) if ctx.needs_input_grad[2] else None
