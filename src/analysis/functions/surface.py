"""The loss of a linear classifier as a function of its two weights.

Shapes: B examples, R grid points along each axis.
"""

import torch
from torch import Tensor

from ...losses.base import Loss


def weight_grid(reach: float = 3.0, resolution: int = 121) -> Tensor:
    """Return a grid of weights (R, R, 2) from -reach to reach; the second weight increases along the rows."""
    w = torch.linspace(-reach, reach, resolution)
    return torch.stack(torch.meshgrid(w, w, indexing="xy"), dim=-1)


@torch.no_grad()
def loss_surface(loss: Loss, x: Tensor, y: Tensor, weights: Tensor) -> Tensor:
    """Return the mean loss (R, R) of outputs w . x over examples x (B, 2) with classes y (B,), for weights (R, R, 2).

    The 0/1 loss is piecewise constant, so its gradient is 0; the other losses are surrogates with a gradient.
    Aggarwal 1.2.1.1.
    """
    output = weights @ x.t()  # (R, R, B)
    found: Tensor = loss(output.unsqueeze(-1), y.expand(output.shape)).mean(-1)
    return found
