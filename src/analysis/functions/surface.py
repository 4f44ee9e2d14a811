"""The loss of a linear classifier over its two weights.

Shapes: B examples, R places along each axis.
"""

import torch
from torch import Tensor

from ...losses.base import Loss


def plane(reach: float = 3.0, resolution: int = 121) -> Tensor:
    """Return weights (R, R, 2) from -reach to reach; rows go up the second weight."""
    w = torch.linspace(-reach, reach, resolution)
    return torch.stack(torch.meshgrid(w, w, indexing="xy"), dim=-1)


@torch.no_grad()
def loss_surface(loss: Loss, x: Tensor, y: Tensor, weights: Tensor) -> Tensor:
    """Return the mean loss of the output w . x over examples x (B, 2) of classes 0 and 1, y (B,): (R, R, 2) -> (R, R).

    The 0/1 loss is a staircase, on whose stairs there is no gradient; other losses are its surrogates, which have one.
    Aggarwal 1.2.1.1.
    """
    output = weights @ x.t()  # (R, R, B)
    found: Tensor = loss(output.unsqueeze(-1), y.expand(output.shape)).mean(-1)
    return found
