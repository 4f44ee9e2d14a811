"""Standardization of inputs. Shapes: B examples, each of *shape: (F,) or (C, H, W)."""

from typing import Literal

from torch import Tensor

from ..spec import DataSpec
from .base import FittedTransform, Inputs, unbounded
from .moments import check_per, moments, validated_per


class Standardize(FittedTransform):
    """Standardize inputs to mean 0 and standard deviation 1 over the training split. Aggarwal 3.3.2.

    per: "feature" standardizes each feature, for images each pixel; "channel" all pixels of a channel together.
    Features that are constant in the training split are not scaled. Raises UserError for another value.
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
        """Set the mean and the standard deviation, (*shape) or (C, 1, 1)."""
        mean, deviation, varies = moments(inputs, self.per)
        self.state = {"mean": mean.float(), "scale": deviation.where(varies, 1.0).float()}

    def output_spec(self, spec: DataSpec) -> DataSpec:
        """Return the spec with real inputs without bounds."""
        return unbounded(spec)

    def apply(self, x: Tensor) -> Tensor:
        """Return standardized inputs."""
        state = self.state_like(x)
        return (x - state["mean"]) / state["scale"]

    def inverse(self, x: Tensor) -> Tensor:
        """Return standardized inputs in their original units."""
        state = self.state_like(x)
        return x * state["scale"] + state["mean"]
