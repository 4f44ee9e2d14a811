"""The sensitivity of a score to each pixel.

Shapes: B images, C channels, H height, W width.
"""

import torch
from torch import Tensor

from .backward_rules import BackwardRule, input_gradient
from .scores import Score


def pixel_gradients(score: Score, x: Tensor, rule: BackwardRule = BackwardRule.BACKPROP) -> Tensor:
    """Return the derivatives (B, C, H, W) of the scores of images (B, C, H, W) with respect to pixels, by a rule.

    Raises ValueError as `input_gradient`. Aggarwal 8.5.1.
    """
    x = x.detach().requires_grad_()
    with torch.enable_grad():
        return input_gradient(score(x.clone()), x, rule).detach()  # the network may change its input in place


def strongest_channel(gradients: Tensor) -> Tensor:
    """Return saliency maps (B, 1, H, W): the maximum of |gradient| over the channels of each pixel. Aggarwal 8.5.1."""
    return gradients.abs().amax(1, keepdim=True)
