"""Estimates in place of unknown numbers of the input.

Shapes: *n examples, F numbers.
"""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn


class FillUnknown(nn.Module):
    """Known numbers unchanged; an unknown one, which is 0, becomes the mean of its place plus that of the example.

    That of the example is the mean deviation of its known numbers from the means of their places, 0 without a known
    number. means: of each place (F,).
    """

    means: Tensor

    def __init__(self, means: Sequence[float]) -> None:
        super().__init__()
        self.register_buffer("means", torch.tensor(means))

    def forward(self, x: Float[Tensor, "*n F"]) -> Float[Tensor, "*n F"]:
        """Return the filled input."""
        known = x != 0
        deviation = (x - self.means).where(known, 0.0).sum(-1, keepdim=True) / known.sum(-1, keepdim=True).clamp_min(1)
        return x.where(known, self.means + deviation)
