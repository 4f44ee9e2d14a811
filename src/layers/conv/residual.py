"""Blocks of residual networks. Each is a function of (in_channels, channels, stride) and its own settings.

Shapes: B images, C maps of H x W pixels, D maps of h x w pixels.
"""

from abc import ABC, abstractmethod
from typing import ClassVar, Literal

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ..dropout import dropout_layer
from .gate import Gate
from .units import Norm, activations, check_sizes, conv_unit, convolution, normalization, pre_activation_unit

Shortcut = Literal["projection", "padding"]


class Block(nn.Module, ABC):
    """Base class of the blocks of a `ResNet`: a branch of layers beside a shortcut.

    branch: the layers F; out_channels: D; is_sum: whether the output is a sum of the branch and the shortcut, so that
    the branch can be left out.
    """

    is_sum: ClassVar[bool] = True
    branch: nn.Module
    out_channels: int

    @property
    def path(self) -> nn.Module:
        """The layers that determine the size of the maps."""
        return self.branch

    @abstractmethod
    def opening(self, channels: int) -> list[nn.Module]:
        """Return the layers between the first convolution of a network, with C maps, and this block."""

    @abstractmethod
    def closing(self) -> list[nn.Module]:
        """Return the layers between this block and the head of a network."""


class PostActivation(Block):
    """activation(F(x) + shortcut(x)), where F ends with a normalization. He et al. 2016a; Aggarwal 8.4.5."""

    def __init__(
        self, *, branch: nn.Module, shortcut: nn.Module, out_channels: int, norm: Norm, activation: str
    ) -> None:
        super().__init__()
        self.branch = branch
        self.shortcut = shortcut
        self.activation = nn.Sequential(*activations(activation))
        self.out_channels = out_channels
        self._unit = (norm, activation)

    def forward(self, x: Float[Tensor, "B C H W"]) -> Float[Tensor, "B D h w"]:
        """Return the activated sum."""
        return self.activation(self.branch(x) + self.shortcut(x))

    def opening(self, channels: int) -> list[nn.Module]:
        """Return normalization and activation."""
        norm, activation = self._unit
        return [*normalization(norm, channels), *activations(activation)]

    def closing(self) -> list[nn.Module]:
        """Return no layer: the block ends with an activation."""
        return []


class BasicBlock(PostActivation):
    """Two 3x3 convolutions; the first has the stride.

    shortcut: where the shape changes, a 1x1 convolution with the stride, or `padding`: the pixels that the stride
    reaches, and maps of zeros. norm, activation: see `conv_unit`. He et al. 2016a, figure 5 left; Aggarwal figure 8.11.
    """

    def __init__(
        self,
        in_channels: int,
        channels: int,
        stride: int,
        /,
        *,
        shortcut: Literal["projection", "padding"] = "projection",
        norm: Literal["batch", "none"] = "batch",
        activation: str = "relu",
    ) -> None:
        super().__init__(
            branch=nn.Sequential(
                *conv_unit(in_channels, channels, 3, stride=stride, norm=norm, activation=activation),
                *conv_unit(channels, channels, 3, norm=norm, activation="identity"),
            ),
            shortcut=make_shortcut(shortcut, in_channels, channels, stride, norm),
            out_channels=channels,
            norm=norm,
            activation=activation,
        )


class Bottleneck(PostActivation):
    """1x1 convolution to few maps, 3x3 convolution with the stride, 1x1 convolution to 4 x channels maps.

    width: maps inside the block, as a multiple of channels: 1 in a ResNet, 2 in a wide one; groups: of the 3x3
    convolution, the cardinality of a ResNeXt. shortcut, norm, activation: see `BasicBlock`.
    Raises ValueError for a width below 1, and for groups that do not divide the maps.
    He et al. 2016a, figure 5 right; Xie et al. 2017, figure 3c; Aggarwal 8.4.5.
    """

    def __init__(
        self,
        in_channels: int,
        channels: int,
        stride: int,
        /,
        *,
        width: int = 1,
        groups: int = 1,
        shortcut: Literal["projection", "padding"] = "projection",
        norm: Literal["batch", "none"] = "batch",
        activation: str = "relu",
    ) -> None:
        check_sizes({"width": width})
        inner, out = width * channels, 4 * channels
        super().__init__(
            branch=nn.Sequential(
                *conv_unit(in_channels, inner, 1, norm=norm, activation=activation),
                *conv_unit(inner, inner, 3, stride=stride, groups=groups, norm=norm, activation=activation),
                *conv_unit(inner, out, 1, norm=norm, activation="identity"),
            ),
            shortcut=make_shortcut(shortcut, in_channels, out, stride, norm),
            out_channels=out,
            norm=norm,
            activation=activation,
        )


class PlainBlock(PostActivation):
    """Two 3x3 convolutions without a shortcut: the block of the plain networks that He et al. 2016a compare with.

    norm, activation: see `conv_unit`.
    """

    is_sum = False

    def __init__(
        self,
        in_channels: int,
        channels: int,
        stride: int,
        /,
        *,
        norm: Literal["batch", "none"] = "batch",
        activation: str = "relu",
    ) -> None:
        super().__init__(
            branch=nn.Sequential(
                *conv_unit(in_channels, channels, 3, stride=stride, norm=norm, activation=activation),
                *conv_unit(channels, channels, 3, norm=norm, activation=activation),
            ),
            shortcut=nn.Identity(),
            out_channels=channels,
            norm=norm,
            activation=activation,
        )

    def forward(self, x: Float[Tensor, "B C H W"]) -> Float[Tensor, "B D h w"]:
        """Return the maps of the second convolution."""
        return self.branch(x)


class PreActivation(Block):
    """x + F(a) with a = activation(norm(x)); where the shape changes, shortcut(a) + F(a).

    F ends with a convolution, so the sum is not activated, and a network ends with a normalization and an activation.
    He et al. 2016b, figure 1b; Forsyth 12.3.3.
    """

    def __init__(
        self,
        *,
        branch: nn.Module,
        shortcut: nn.Module | None,
        in_channels: int,
        out_channels: int,
        norm: Norm,
        activation: str,
    ) -> None:
        super().__init__()
        self.before = nn.Sequential(*normalization(norm, in_channels), *activations(activation))
        self.branch = branch
        self.shortcut = shortcut
        self.out_channels = out_channels
        self._unit = (norm, activation)

    def forward(self, x: Float[Tensor, "B C H W"]) -> Float[Tensor, "B D h w"]:
        """Return the sum."""
        activated = self.before(x)
        return self.branch(activated) + (x if self.shortcut is None else self.shortcut(activated))

    def opening(self, channels: int) -> list[nn.Module]:
        """Return no layer: the block starts with an activation."""
        return []

    def closing(self) -> list[nn.Module]:
        """Return normalization and activation."""
        norm, activation = self._unit
        return [*normalization(norm, self.out_channels), *activations(activation)]


class PreActivationBlock(PreActivation):
    """Two 3x3 convolutions, each after normalization and activation; the first has the stride.

    dropout: between the convolutions, as in wide residual networks (Zagoruyko and Komodakis 2016, figure 1d). norm,
    activation: see `pre_activation_unit`.
    """

    def __init__(
        self,
        in_channels: int,
        channels: int,
        stride: int,
        /,
        *,
        dropout: float = 0.0,
        norm: Literal["batch", "none"] = "batch",
        activation: str = "relu",
    ) -> None:
        same = stride == 1 and in_channels == channels
        second = pre_activation_unit(channels, channels, 3, norm=norm, activation=activation)
        super().__init__(
            branch=nn.Sequential(
                convolution(in_channels, channels, 3, stride=stride, bias=norm == "none"),
                *second[:-1],
                *([dropout_layer(dropout)] if dropout else []),
                second[-1],
            ),
            shortcut=None if same else convolution(in_channels, channels, 1, stride=stride, bias=norm == "none"),
            in_channels=in_channels,
            out_channels=channels,
            norm=norm,
            activation=activation,
        )


class PreActivationBottleneck(PreActivation):
    """1x1, 3x3 and 1x1 convolutions to 4 x channels maps, each after normalization and activation.

    width, groups: see `Bottleneck`; norm, activation: see `pre_activation_unit`. He et al. 2016b.
    """

    def __init__(
        self,
        in_channels: int,
        channels: int,
        stride: int,
        /,
        *,
        width: int = 1,
        groups: int = 1,
        norm: Literal["batch", "none"] = "batch",
        activation: str = "relu",
    ) -> None:
        check_sizes({"width": width})
        inner, out = width * channels, 4 * channels
        same = stride == 1 and in_channels == out
        super().__init__(
            branch=nn.Sequential(
                convolution(in_channels, inner, 1, bias=norm == "none"),
                *pre_activation_unit(inner, inner, 3, stride=stride, groups=groups, norm=norm, activation=activation),
                *pre_activation_unit(inner, out, 1, norm=norm, activation=activation),
            ),
            shortcut=None if same else convolution(in_channels, out, 1, stride=stride, bias=norm == "none"),
            in_channels=in_channels,
            out_channels=out,
            norm=norm,
            activation=activation,
        )


class HighwayBlock(PostActivation):
    """T(x) H(x) + (1 - T(x)) x: a 3x3 convolution H and a gate T, a sigmoid of a 3x3 convolution.

    Where the shape changes, x is projected by a 1x1 convolution. gate_bias: initial bias of T; a negative one opens the
    way for x. norm, activation: of H, see `conv_unit`. Srivastava et al. 2015, eq. 3; Aggarwal 8.4.5, 8.8.
    """

    is_sum = False

    def __init__(
        self,
        in_channels: int,
        channels: int,
        stride: int,
        /,
        *,
        gate_bias: float = -2.0,
        norm: Literal["batch", "none"] = "none",
        activation: str = "relu",
    ) -> None:
        super().__init__(
            branch=nn.Sequential(*conv_unit(in_channels, channels, 3, stride=stride, norm=norm, activation=activation)),
            shortcut=make_shortcut("projection", in_channels, channels, stride, norm),
            out_channels=channels,
            norm=norm,
            activation=activation,
        )
        self.gate = Gate(in_channels, channels, stride, initial_bias=gate_bias)

    def forward(self, x: Float[Tensor, "B C H W"]) -> Float[Tensor, "B D h w"]:
        """Return the gated sum."""
        shortcut = self.shortcut(x)
        return torch.lerp(shortcut, self.branch(x), self.gate(x).sigmoid())


class PaddedShortcut(nn.Module):
    """The pixels that a stride reaches, followed by maps of zeros; no parameters. He et al. 2016a, option A."""

    def __init__(self, stride: int, more: int) -> None:
        super().__init__()
        self.stride = stride
        self.more = more

    def forward(self, x: Float[Tensor, "B C H W"]) -> Float[Tensor, "B D h w"]:
        """Return C + more maps."""
        return nn.functional.pad(x[..., :: self.stride, :: self.stride], (0, 0, 0, 0, 0, self.more))


def make_shortcut(kind: Shortcut, in_channels: int, channels: int, stride: int, norm: Norm) -> nn.Module:
    """Return the shortcut of a block, the identity where the shape stays.

    Raises ValueError for padding to fewer maps.
    """
    if stride == 1 and in_channels == channels:
        return nn.Identity()
    if kind == "padding":
        if channels < in_channels:
            raise ValueError(f"shortcut=padding adds maps; from {in_channels} to {channels} maps use projection")
        return PaddedShortcut(stride, channels - in_channels)
    return nn.Sequential(*conv_unit(in_channels, channels, 1, stride=stride, norm=norm, activation="identity"))


class StochasticDepth(nn.Module):
    """A branch that is left out of a training batch with probability 1 - survival.

    In training its output is unchanged or 0; otherwise it is multiplied by the survival probability.
    Raises ValueError for a survival outside (0, 1]. Huang et al. 2016, eq. 2 and 5; Aggarwal 8.4.5, 8.8.
    """

    def __init__(self, branch: nn.Module, survival: float) -> None:
        super().__init__()
        if not 0 < survival <= 1:
            raise ValueError(f"survival is {survival}; it must be above 0 and at most 1")
        self.branch = branch
        self.survival = survival

    @property
    def path(self) -> nn.Module:
        """The layers that determine the size of the maps."""
        return self.branch

    def forward(self, x: Float[Tensor, "B C H W"]) -> Float[Tensor, "B D h w"]:
        """Return the output of the branch, or 0."""
        output: Tensor = self.branch(x)
        if not self.training:
            return self.survival * output
        return output * (torch.rand((), device=x.device) < self.survival).to(output.dtype)
