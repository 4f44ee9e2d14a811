"""Means and standard deviations of training inputs. Shapes: B examples, each of *shape: (F,) or (C, H, W)."""

from typing import Literal, NamedTuple

import torch
from torch import Tensor

from ..errors import unknown
from ..spec import DataSpec
from .base import FittedTransform, Inputs, unbounded

PER = ("feature", "channel")


class Moments(NamedTuple):
    """Mean and standard deviation, (*shape) or (C, 1, 1) in float64, and which of them vary."""

    mean: Tensor
    deviation: Tensor
    varies: Tensor


def moments(inputs: Inputs, per: str) -> Moments:
    """Return the moments of each feature or, with per="channel", of each channel of images, in two passes."""
    over: tuple[int, ...] = (0, 2, 3) if per == "channel" else (0,)
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
    return Moments(mean, (squares / count).sqrt(), least < most)


class MomentsTransform(FittedTransform):
    """The base class of transforms that are fitted to means and standard deviations; inputs become unbounded.

    per: "feature" or, for images, "channel". Raises UserError for another value.
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

    def output_spec(self, spec: DataSpec) -> DataSpec:
        """Return the spec with real inputs without bounds."""
        return unbounded(spec)
