"""Random noise along the principal components of color. Shapes: B images, C channels, H height, W width."""

import torch
from jaxtyping import Float
from torch import Tensor

from ..spec import DataSpec, send
from .base import Fitted, Inputs, RandomTransform
from .color_jitter import check_pixels


class PCANoise(RandomTransform, Fitted):
    """Add the same color to all pixels of a training image: P Lambda a, with random a. AlexNet; Aggarwal 8.3.4.

    Lambda and P are eigenvalues and eigenvectors of the C x C covariance matrix of all training pixels; a is normally
    distributed with standard deviation `deviation`, drawn once for each image. Results are clipped to [0, 1].
    Aggarwal does not mention the factor Lambda, without which the components would not matter.
    Raises ValueError for a deviation that is not above 0.
    """

    takes = ("image",)

    def __init__(self, *, deviation: float = 0.1) -> None:
        super().__init__()
        if not 0 < deviation < float("inf"):
            raise ValueError(f"deviation is {deviation:g}; it must be above 0 and finite")
        self.deviation = deviation

    def check(self, spec: DataSpec) -> None:
        """Raise ValueError if the transform does not support these images."""
        super().check(spec)
        check_pixels(spec)

    def fit(self, inputs: Inputs) -> None:
        """Set the scaled components P Lambda: (C, C), one in each column."""
        count, total = 0, torch.zeros(())
        for x in inputs():
            count, total = count + x[:, 0].numel(), total + x.double().sum((0, 2, 3))
        mean = total / count
        scatter = torch.zeros(())
        for x in inputs():
            centered = x.double().movedim(1, -1).flatten(0, -2) - mean
            scatter = scatter + centered.T @ centered
        eigenvalues, eigenvectors = torch.linalg.eigh(scatter / count)
        self.state = {"components": (eigenvectors * eigenvalues.clamp_min(0)).float()}

    def apply(self, x: Float[Tensor, "B C H W"], generator: torch.Generator) -> Float[Tensor, "B C H W"]:
        """Return the images, each with a random color of its own added."""
        size = send(self.deviation * torch.randn(len(x), x.shape[1], generator=generator), x.device)
        added = size.to(x.dtype) @ self.state_like(x)["components"].T
        return (x + added[:, :, None, None]).clamp(0, 1)
