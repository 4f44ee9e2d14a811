"""Gradients to compare with: of other tensors of the same function, and by finite differences."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.testing import assert_close


def assert_close_with_gradients(
    found: Tensor | Sequence[Tensor], expected: Tensor | Sequence[Tensor], inputs: Sequence[Tensor]
) -> None:
    """Assert that values are close, and so are the gradients of a sum of them with random weights."""
    assert_close(found, expected)
    both = [[values] if isinstance(values, Tensor) else values for values in (found, expected)]
    factors = [torch.randn_like(value) for value in both[1]]
    sums = [torch.stack([(v * f).sum() for v, f in zip(values, factors, strict=True)]).sum() for values in both]
    assert_close(*(torch.autograd.grad(total, inputs, retain_graph=True) for total in sums))


@torch.no_grad()
def numerical_gradient(function: Callable[[Tensor], Tensor | float], x: Tensor, step: float = 1e-6) -> Tensor:
    """Return the gradient of a function with one number by central differences, in float64 and in the shape of x."""
    x = x.detach().double()
    pushes = step * torch.eye(x.numel(), dtype=torch.float64).view(-1, *x.shape)
    slopes = [float(function(x + push) - function(x - push)) / (2 * step) for push in pushes]
    return torch.tensor(slopes, dtype=torch.float64).view(x.shape)
