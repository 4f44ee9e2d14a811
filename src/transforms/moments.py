"""Means and standard deviations of training inputs. Shapes: B examples, each of *shape: (F,) or (C, H, W)."""

from typing import NamedTuple

import torch
from torch import Tensor

from ..errors import unknown
from ..spec import DataSpec
from .base import Inputs

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


def validated_per(per: str) -> str:
    """Return what statistics are computed for. Raises UserError for another value."""
    if per not in PER:
        raise unknown("per", per, PER)
    return per


def check_per(per: str, spec: DataSpec) -> None:
    """Raise ValueError for channels of inputs that are not images."""
    if per == "channel" and spec.form != "image":
        raise ValueError(f"has per=channel, which is for images; the data gives {spec}")
