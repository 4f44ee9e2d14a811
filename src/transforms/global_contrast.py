"""Global contrast normalization of images. Shapes: B images, C channels, H height, W width."""

import torch
from jaxtyping import Float
from torch import Tensor

from .contrast import ContrastNormalization, validated_epsilon


class GlobalContrast(ContrastNormalization):
    """Normalize each image to mean 0 and standard deviation 1 over all its pixels and channels. Forsyth 12.4.2.

    z = (x - mean) / sqrt(variance + epsilon), where epsilon keeps the noise of images of almost one color small.
    Raises ValueError unless epsilon is above 0.
    """

    def __init__(self, *, epsilon: float = 1e-5) -> None:
        super().__init__()
        self.epsilon = validated_epsilon(epsilon)

    def statistics(self, x: Float[Tensor, "B C H W"]) -> tuple[Tensor, Tensor]:
        """Return mean and standard deviation of each image: (B, 1, 1, 1)."""
        variance, mean = torch.var_mean(x, (1, 2, 3), correction=0, keepdim=True)
        return mean, (variance + self.epsilon).sqrt()
