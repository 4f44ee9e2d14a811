"""Images from the features of a layer.

Shapes: B images, C channels, H height, W width, "..." the features of one image.
"""

import torch
from torch import Tensor

from .scores import Function


def invert_features(
    features: Function,
    x: Tensor,
    *,
    decay: float = 1e-4,
    smoothness: float = 1e-3,
    lr: float = 0.05,
    steps: int = 300,
) -> Tensor:
    """Return inputs x' (B, C, H, W) whose features f(x') are close to those of x (B, C, H, W).

    features: f, with values (B, ...). Adam minimizes ||f(x') - f(x)||^2 / ||f(x)||^2 + decay ||x'||^2 + smoothness
    TV(x'), from x' = 0. The total variation TV is the sum of the squared differences of neighbouring pixels.
    Raises ValueError for numbers out of range.
    Mahendran and Vedaldi 2015, eq. 2 to 4 with alpha = beta = 2; Aggarwal 8.8, and 8.5.1 for the decay.
    """
    if min(decay, smoothness) < 0 or lr <= 0 or steps < 1:
        raise ValueError(
            f"decay is {decay}, smoothness is {smoothness}, lr is {lr} and steps is {steps}; the first two are at "
            "least 0, the others above 0"
        )
    with torch.no_grad():
        target = features(x).flatten(1)
    scale = target.square().sum(1).clamp_min(torch.finfo(target.dtype).tiny)
    found = torch.zeros_like(x).requires_grad_()
    optimizer = torch.optim.Adam([found], lr=lr)
    for _ in range(steps):
        with torch.enable_grad():
            gap = (features(found.clone()).flatten(1) - target).square().sum(1) / scale
            penalty = decay * found.square().sum((1, 2, 3)) + smoothness * total_variation(found)
            (found.grad,) = torch.autograd.grad((gap + penalty).sum(), found)
        optimizer.step()
    return found.detach()


def total_variation(x: Tensor) -> Tensor:
    """Return the sum of the squared differences of neighbouring pixels of each image: (B,)."""
    return x.diff(dim=2).square().sum((1, 2, 3)) + x.diff(dim=3).square().sum((1, 2, 3))
