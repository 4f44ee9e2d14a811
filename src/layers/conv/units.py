"""Convolution, normalization and activation: the unit that blocks of maps consist of."""

from collections.abc import Mapping
from typing import Literal

from torch import nn

from ..activations import activation as activation_named
from ..normalization import BatchNorm2d
from .sizes import padding_named

Norm = Literal["batch", "none"]


def convolution(
    in_channels: int, channels: int, kernel: int, *, stride: int = 1, groups: int = 1, bias: bool = True
) -> nn.Conv2d:
    """Return a convolution with half padding, so that only the stride changes the size.

    Raises ValueError for a size below 1, an even kernel, and groups that do not divide the channels.
    """
    check_sizes({"kernel": kernel, "stride": stride, "groups": groups, "channels": min(in_channels, channels)})
    if in_channels % groups or channels % groups:
        raise ValueError(f"groups={groups} does not divide {in_channels} input channels and {channels} output channels")
    return nn.Conv2d(in_channels, channels, kernel, stride, padding_named("half", kernel), groups=groups, bias=bias)


def check_sizes(sizes: Mapping[str, int]) -> None:
    """Raise ValueError for a size below 1, with its name."""
    for name, size in sizes.items():
        if size < 1:
            raise ValueError(f"{name} is {size}; it must be at least 1")


def normalization(kind: Norm, channels: int) -> list[nn.Module]:
    """Return the normalization of maps, no layer for 'none'."""
    return [BatchNorm2d(channels)] if kind == "batch" else []


def activations(name: str) -> list[nn.Module]:
    """Return the activation of maps, no layer for 'identity'.

    Raises ValueError for softmax, which is for dense layers, and with the nearest name for an unknown one.
    """
    if name == "softmax":
        raise ValueError("activation=softmax is for dense layers, not for maps")
    return [] if name == "identity" else [activation_named(name)]


def conv_unit(
    in_channels: int,
    channels: int,
    kernel: int,
    *,
    stride: int = 1,
    groups: int = 1,
    norm: Norm = "batch",
    activation: str = "relu",
) -> list[nn.Module]:
    """Return convolution, normalization and activation; the convolution has a bias unless a normalization follows."""
    conv = convolution(in_channels, channels, kernel, stride=stride, groups=groups, bias=norm == "none")
    return [conv, *normalization(norm, channels), *activations(activation)]


def pre_activation_unit(
    in_channels: int,
    channels: int,
    kernel: int,
    *,
    stride: int = 1,
    groups: int = 1,
    norm: Norm = "batch",
    activation: str = "relu",
) -> list[nn.Module]:
    """Return normalization, activation and convolution, in this order; without normalization there is a bias."""
    conv = convolution(in_channels, channels, kernel, stride=stride, groups=groups, bias=norm == "none")
    return [*normalization(norm, in_channels), *activations(activation), conv]
