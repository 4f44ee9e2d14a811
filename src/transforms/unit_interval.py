"""Scaling of inputs to [0, 1]. Shapes: B examples, each of *shape: (F,) or (C, H, W)."""

from dataclasses import replace

import torch
from torch import Tensor

from ..spec import DataSpec
from .base import FittedTransform, Inputs


class UnitInterval(FittedTransform):
    """Scale each feature linearly, so that its smallest training value becomes 0 and its largest 1. Aggarwal 3.3.2.

    Values outside the range of the training split become 0 or 1. Features that are constant in it become 0.
    """

    takes = ("vector", "image")

    def fit(self, inputs: Inputs) -> None:
        """Set the smallest value and the difference to the largest one, 1 for constants: (*shape)."""
        least, most = torch.tensor(float("inf")), torch.tensor(float("-inf"))
        for x in inputs():
            least, most = least.minimum(x.amin(0)), most.maximum(x.amax(0))
        self.state = {"low": least, "range": (most - least).where(least < most, 1.0)}

    def output_spec(self, spec: DataSpec) -> DataSpec:
        """Return the spec with real inputs in [0, 1]."""
        return replace(spec, input="real", low=0.0, high=1.0, vocabulary=())

    def apply(self, x: Tensor) -> Tensor:
        """Return inputs in [0, 1]."""
        state = self.state_like(x)
        return ((x - state["low"]) / state["range"]).clamp(0, 1)

    def inverse(self, x: Tensor) -> Tensor:
        """Return scaled inputs in their original units."""
        state = self.state_like(x)
        return x * state["range"] + state["low"]
