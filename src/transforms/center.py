"""Centring of inputs. Shapes: B examples, each of *shape: (F,) or (C, H, W)."""

from typing import Literal

from torch import Tensor

from ..spec import DataSpec
from .base import FittedTransform, Inputs, unbounded
from .moments import check_per, moments, validated_per


class Center(FittedTransform):
    """Subtract the mean over the training split. Aggarwal 3.3.2.

    per: "feature" subtracts the mean of each feature, for images the mean image; "channel" the mean of each channel.
    Raises UserError for another value.
    """

    takes = ("vector", "image")

    def __init__(self, *, per: Literal["feature", "channel"] = "feature") -> None:
        super().__init__()
        self.per = validated_per(per)

    def check(self, spec: DataSpec) -> None:
        """Raise ValueError if the transform does not support these inputs."""
        super().check(spec)
        check_per(self.per, spec)

    def fit(self, inputs: Inputs) -> None:
        """Set the mean, (*shape) or (C, 1, 1)."""
        self.state = {"mean": moments(inputs, self.per).mean.float()}

    def output_spec(self, spec: DataSpec) -> DataSpec:
        """Return the spec with real inputs without bounds."""
        return unbounded(spec)

    def apply(self, x: Tensor) -> Tensor:
        """Return centred inputs."""
        return x - self.state_like(x)["mean"]

    def inverse(self, x: Tensor) -> Tensor:
        """Return centred inputs in their original units."""
        return x + self.state_like(x)["mean"]
