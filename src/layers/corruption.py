"""Noise that a denoising autoencoder learns to remove.

Shapes: *n examples or steps, F inputs.
"""

from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor, nn


class Corruption(nn.Module):
    """Noise on the inputs during training; the identity in evaluation. Aggarwal 2.5.6, 4.10.2.

    noise: gaussian adds N(0, strength^2) to each input; masking sets an input to 0 with probability `strength`;
    salt_and_pepper sets it with probability `strength` to the minimum or the maximum of the batch, with equal
    probability. Random numbers come from torch's global generator.
    Raises ValueError for a standard deviation that is not above 0, or a probability outside (0, 1).
    """

    def __init__(self, *, noise: Literal["gaussian", "masking", "salt_and_pepper"], strength: float) -> None:
        super().__init__()
        if noise == "gaussian" and not 0 < strength < float("inf"):
            raise ValueError(f"strength is {strength}; the standard deviation of gaussian noise must be above 0")
        if noise != "gaussian" and not 0 < strength < 1:
            raise ValueError(f"strength is {strength}; the share of {noise} noise must be above 0 and below 1")
        self.noise = noise
        self.strength = strength

    def forward(self, x: Float[Tensor, "*n F"]) -> Float[Tensor, "*n F"]:
        """Return corrupted inputs in training, unchanged inputs in evaluation."""
        return self.corrupt(x) if self.training else x

    def corrupt(self, x: Float[Tensor, "*n F"]) -> Float[Tensor, "*n F"]:
        """Return corrupted inputs."""
        if self.noise == "gaussian":
            return x + self.strength * torch.randn_like(x)
        chance = torch.rand_like(x)
        if self.noise == "masking":
            return x * (chance >= self.strength)
        extreme = torch.where(chance < self.strength / 2, x.min(), x.max())  # half of those below `strength`
        return torch.where(chance < self.strength, extreme, x)
