"""Images that maximize a score.

Shapes: N images, C channels, H height, W width.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from .scores import Score


def synthesize(score: Score, shape: Sequence[int], *, decay: float = 0.05, lr: float = 0.5, steps: int = 200) -> Tensor:
    """Return inputs of a network, of a shape (N, C, H, W), that maximize N scores: J(x) = o - decay ||x||^2.

    Gradient ascent x <- x + lr dJ/dx from x = 0, with fixed weights. For a linear score w x, it approaches
    w / (2 decay). Raises ValueError for a decay below 0, and for steps or a learning rate that are not above 0.
    Aggarwal 8.5.1, eq. 8.4; Simonyan et al. 2014, section 2.
    """
    if decay < 0 or lr <= 0 or steps < 1:
        raise ValueError(f"decay is {decay}, lr is {lr} and steps is {steps}; decay is at least 0, the others above 0")
    x = torch.zeros(shape)
    for _ in range(steps):
        x.requires_grad_()
        with torch.enable_grad():
            objective = score(x.clone()) - decay * x.square().flatten(1).sum(1)
        (gradient,) = torch.autograd.grad(objective.sum(), x)
        x = (x + lr * gradient).detach()
    return x
