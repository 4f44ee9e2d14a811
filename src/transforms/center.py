"""Centring of inputs. Shapes: B examples, each of *shape: (F,) or (C, H, W)."""

from torch import Tensor

from .base import Inputs
from .moments import MomentsTransform, moments


class Center(MomentsTransform):
    """Subtract the mean over the training split. Aggarwal 3.3.2.

    per: "feature" subtracts the mean of each feature, for images the mean image; "channel" the mean of each channel.
    Raises UserError for another value.
    """

    def fit(self, inputs: Inputs) -> None:
        """Set the mean, (*shape) or (C, 1, 1)."""
        self.state = {"mean": moments(inputs, self.per).mean.float()}

    def apply(self, x: Tensor) -> Tensor:
        """Return centred inputs."""
        return x - self.state_like(x)["mean"]

    def inverse(self, x: Tensor) -> Tensor:
        """Return centred inputs in their original units."""
        return x + self.state_like(x)["mean"]
