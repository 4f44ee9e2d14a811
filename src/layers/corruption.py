"""Noise that a denoising autoencoder learns to remove.

Shapes: *n examples or steps, F inputs.
"""

from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor, nn

from .row_noise import row_normal, row_uniform


class Corruption(nn.Module):
    """Noise on the inputs, by default during training only. Aggarwal 2.5.6, 4.10.2.

    noise: gaussian adds N(0, strength^2) to each input; masking sets an input to 0 with probability `strength`;
    salt_and_pepper sets it with probability `strength` to the minimum or the maximum, with equal probability.
    when: whether inputs are corrupted in training, in evaluation, or always.
    In training, random numbers come from torch's global generator, and minimum and maximum are those of the batch. In
    evaluation the noise is a function of the example, so that it is the same in every evaluation and for every batch
    size, and minimum and maximum are those of the inputs in training.
    Raises ValueError for a standard deviation that is not above 0, or a probability outside (0, 1).
    """

    low: Tensor
    high: Tensor

    def __init__(
        self,
        *,
        noise: Literal["gaussian", "masking", "salt_and_pepper"],
        strength: float,
        when: Literal["training", "evaluation", "always"] = "training",
    ) -> None:
        super().__init__()
        if noise == "gaussian" and not 0 < strength < float("inf"):
            raise ValueError(f"strength is {strength}; the standard deviation of gaussian noise must be above 0")
        if noise != "gaussian" and not 0 < strength < 1:
            raise ValueError(f"strength is {strength}; the share of {noise} noise must be above 0 and below 1")
        self.noise = noise
        self.strength = strength
        self.when = when
        self.keeps_extremes = noise == "salt_and_pepper" and when != "training"
        if self.keeps_extremes:
            self.register_buffer("low", torch.tensor(torch.inf))
            self.register_buffer("high", torch.tensor(-torch.inf))

    def forward(self, x: Float[Tensor, "*n F"]) -> Float[Tensor, "*n F"]:
        """Return corrupted inputs at the times given by `when`, else unchanged inputs."""
        if self.training:
            if self.keeps_extremes:
                self.low.copy_(torch.minimum(self.low, x.detach().amin()))
                self.high.copy_(torch.maximum(self.high, x.detach().amax()))
            return x if self.when == "evaluation" else self.corrupt(x)
        return x if self.when == "training" else self.corrupt_rows(x)

    def corrupt(self, x: Float[Tensor, "*n F"]) -> Float[Tensor, "*n F"]:
        """Return corrupted inputs, with new noise in each call."""
        chance = torch.randn_like(x) if self.noise == "gaussian" else torch.rand_like(x)
        return self.with_noise(x, chance, x.min(), x.max())

    def corrupt_rows(self, x: Float[Tensor, "*n F"]) -> Float[Tensor, "*n F"]:
        """Return inputs with the same noise for the same example; before any training with the batch's extremes."""
        low, high = x.min(), x.max()
        if self.keeps_extremes:
            low, high = torch.where(self.low.isinf(), low, self.low), torch.where(self.high.isinf(), high, self.high)
        return self.with_noise(x, row_normal(x) if self.noise == "gaussian" else row_uniform(x), low, high)

    def with_noise(
        self, x: Float[Tensor, "*n F"], chance: Float[Tensor, "*n F"], low: Tensor, high: Tensor
    ) -> Float[Tensor, "*n F"]:
        """Return inputs with noise; chance: normal random numbers for gaussian noise, else uniform in [0, 1)."""
        if self.noise == "gaussian":
            return x + self.strength * chance
        if self.noise == "masking":
            return x * (chance >= self.strength)
        extreme = torch.where(chance < self.strength / 2, low, high)  # half of those below `strength`
        return torch.where(chance < self.strength, extreme.to(x.dtype), x)
