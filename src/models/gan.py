"""Generative adversarial network.

Shapes: *n points, F features of a point, Z noise dimensions, N samples.
"""

from collections.abc import Sequence

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from ..card import Traits
from .mlp import MLP


class GAN(nn.Module):
    """A generator that maps Gaussian noise to points, and a discriminator that distinguishes them from real points.

    noise: Z, dimensions of the noise from N(0, 1); generator, discriminator: units of each hidden layer.
    Raises ValueError for a layer without units, an unknown activation, or a noise below 1. Aggarwal 10.4.1.
    """

    traits = Traits(inputs=("vector",), targets=("none",))

    def __init__(
        self,
        *,
        in_features: int,
        noise: int = 2,
        generator: Sequence[int] = (64, 64),
        discriminator: Sequence[int] = (64, 64),
        activation: str = "leaky_relu",
    ) -> None:
        super().__init__()
        if noise < 1:
            raise ValueError(f"noise is {noise}; it must be at least 1")
        self.noise = noise
        self.generator = MLP(in_features=noise, out_features=in_features, hidden=generator, activation=activation)
        self.discriminator = MLP(in_features=in_features, out_features=1, hidden=discriminator, activation=activation)

    def forward(self, x: Float[Tensor, "*n F"]) -> Float[Tensor, "*n 1"]:
        """Return the discriminator's logits that points are real."""
        output: Tensor = self.discriminator(x)
        return output

    @property
    def head(self) -> nn.Module:
        """The output layer of the discriminator."""
        return self.discriminator.head

    def forward_features(
        self, x: Float[Tensor, "*n F"], mask: Bool[Tensor, "*n"] | None = None
    ) -> Float[Tensor, "*n U"]:
        """Return the input of the head: the last hidden layer of the discriminator (U units)."""
        return self.discriminator.forward_features(x)

    def generate(self, z: Float[Tensor, "*n Z"]) -> Float[Tensor, "*n F"]:
        """Return the points that the generator computes from noise."""
        points: Tensor = self.generator(z)
        return points

    @torch.no_grad()
    def sample(self, n: int) -> Float[Tensor, "N F"]:
        """Return n generated points. Raises ValueError for n below 1."""
        if n < 1:
            raise ValueError(f"n is {n}; it must be at least 1")
        weight = next(self.generator.parameters())
        return self.generate(torch.randn(n, self.noise, dtype=weight.dtype, device=weight.device))
