"""Standardization of inputs. Shapes: B examples, each of *shape: (F,) or (C, H, W)."""

from torch import Tensor

from .base import Inputs
from .moments import MomentsTransform, moments


class Standardize(MomentsTransform):
    """Standardize inputs to mean 0 and standard deviation 1 over the training split. Aggarwal 3.3.2.

    per: "feature" standardizes each feature, for images each pixel; "channel" all pixels of a channel together.
    Features that are constant in the training split are not scaled. Raises UserError for another value.
    """

    def fit(self, inputs: Inputs) -> None:
        """Set the mean and the standard deviation, (*shape) or (C, 1, 1)."""
        mean, deviation, varies = moments(inputs, self.per)
        self.state = {"mean": mean.float(), "scale": deviation.where(varies, 1.0).float()}

    def apply(self, x: Tensor) -> Tensor:
        """Return standardized inputs."""
        state = self.state_like(x)
        return (x - state["mean"]) / state["scale"]

    def inverse(self, x: Tensor) -> Tensor:
        """Return standardized inputs in their original units."""
        state = self.state_like(x)
        return x * state["scale"] + state["mean"]
