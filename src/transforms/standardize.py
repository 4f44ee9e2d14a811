"""Standardization of inputs. Shapes: B examples, each of *shape: (F,) or (C, H, W)."""

from typing import Literal

import torch
from torch import Tensor

from ..errors import unknown
from ..spec import DataSpec
from .base import FittedTransform, Inputs, unbounded

PER = ("feature", "channel")


class Standardize(FittedTransform):
    """Standardize inputs to mean 0 and standard deviation 1 over the training split. Aggarwal 3.3.2.

    per: "feature" standardizes each feature, for images each pixel; "channel" all pixels of a channel together.
    Features that are constant in the training split are not scaled. Raises UserError for another value.
    """

    takes = ("vector", "image")

    def __init__(self, *, per: Literal["feature", "channel"] = "feature") -> None:
        super().__init__()
        if per not in PER:
            raise unknown("per", per, PER)
        self.per = per

    def check(self, spec: DataSpec) -> None:
        """Raise ValueError if the transform does not support these inputs."""
        super().check(spec)
        if self.per == "channel" and spec.form != "image":
            raise ValueError(f"has per=channel, which is for images; the data gives {spec}")

    def fit(self, inputs: Inputs) -> None:
        """Set the mean and the standard deviation, (*shape) or (C, 1, 1), in two passes."""
        over = (0, 2, 3) if self.per == "channel" else (0,)
        count, total = 0, torch.zeros(())
        least, most = torch.tensor(float("inf")), torch.tensor(float("-inf"))
        for x in inputs():
            count += x.numel()
            total = total + x.double().sum(over, keepdim=True)[0]
            least = least.minimum(x.amin(over, keepdim=True)[0])
            most = most.maximum(x.amax(over, keepdim=True)[0])
        count //= total.numel()
        mean = total / count
        squares = torch.zeros(())
        for x in inputs():
            squares = squares + (x.double() - mean).square().sum(over, keepdim=True)[0]
        deviation = (squares / count).sqrt()
        self.state = {"mean": mean.float(), "scale": deviation.where(least < most, 1.0).float()}

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
