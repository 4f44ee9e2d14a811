"""Contrast normalization of images. Shapes: B images, C channels, H height, W width."""

from abc import abstractmethod

import torch
from jaxtyping import Float
from torch import Tensor

from ..spec import DataSpec
from .base import FittedTransform, Inputs, unbounded


class ContrastNormalization(FittedTransform):
    """(x - mean) / scale, with mean and scale from the image itself.

    What is fitted is for the inverse alone: the means of both over the training split.
    """

    takes = ("image",)

    @abstractmethod
    def statistics(self, x: Float[Tensor, "B C H W"]) -> tuple[Tensor, Tensor]:
        """Return mean and scale, which can be broadcast to x."""

    def fit(self, inputs: Inputs) -> None:
        """Set the average mean and the average scale of the images, numbers."""
        count, mean, scale = 0, torch.zeros(()), torch.zeros(())
        for x in inputs():
            each = [part.mean((1, 2, 3)).double().sum() for part in self.statistics(x)]
            count, mean, scale = count + len(x), mean + each[0], scale + each[1]
        self.state = {"mean": (mean / count).float(), "scale": (scale / count).float()}

    def output_spec(self, spec: DataSpec) -> DataSpec:
        """Return the spec with real inputs without bounds."""
        return unbounded(spec)

    def apply(self, x: Float[Tensor, "B C H W"]) -> Float[Tensor, "B C H W"]:
        """Return normalized images."""
        mean, scale = self.statistics(x)
        return (x - mean) / scale

    def inverse(self, x: Float[Tensor, "B C H W"]) -> Float[Tensor, "B C H W"]:
        """Return normalized images with the average brightness and contrast of the training images."""
        state = self.state_like(x)
        return x * state["scale"] + state["mean"]


def validated_epsilon(epsilon: float) -> float:
    """Return epsilon. Raises ValueError unless it is above 0 and finite."""
    if not 0 < epsilon < float("inf"):
        raise ValueError(f"epsilon is {epsilon:g}; it must be above 0 and finite")
    return epsilon
