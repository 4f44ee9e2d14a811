"""The all-convolutional network: strides in place of pooling, and no dense layers.

Shapes: B images, C channels, H x W pixels, O outputs.
"""

from collections.abc import Sequence
from typing import Literal

from torch import nn

from ...layers.conv.sizes import size_after
from ...layers.conv.units import conv_unit
from ...layers.dropout import dropout_layer
from .network import ConvNet


class AllConvNet(ConvNet):
    """Stages of 3x3 convolutions, then a 3x3 and two 1x1 convolutions, and the mean of a map for each output.

    All convolutions but the last have ReLU. channels: maps of each convolution of each stage; the last convolution of a
    stage has stride 2. last: maps of the 3x3 convolution, without padding, and of the 1x1 convolution after the stages.
    dropout_input: of the pixels; dropout: after each stage; norm: see `conv_unit`.
    Raises ValueError for a stage without convolutions, a convolution without maps, a dropout outside [0, 1), and images
    that are too small.
    Springenberg et al. 2015, table 1, All-CNN-C; Aggarwal 8.2.5, 8.8.
    """

    def __init__(
        self,
        *,
        in_shape: Sequence[int],
        out_features: int,
        channels: Sequence[Sequence[int]] = ((96, 96, 96), (192, 192, 192)),
        last: Sequence[int] = (192, 192),
        dropout_input: float = 0.2,
        dropout: float = 0.5,
        norm: Literal["batch", "none"] = "none",
    ) -> None:
        super().__init__()
        if len(last) != 2:
            raise ValueError(f"last has {len(last)} entries; it takes the maps of a 3x3 and of a 1x1 convolution")
        if min(last) < 1:
            raise ValueError(f"last is {[*last]}; each must be at least 1")
        maps, *size = in_shape
        features: list[nn.Module] = [dropout_layer(dropout_input, "dropout_input")]
        for stage in channels:
            if not stage:
                raise ValueError(f"channels is {[*map(list, channels)]}; each stage needs a convolution")
            for index, more in enumerate(stage, 1):
                features += conv_unit(maps, more, 3, stride=2 if index == len(stage) else 1, norm=norm)
                maps = more
            features.append(dropout_layer(dropout))
        third, fourth = last
        features += [nn.Conv2d(maps, third, 3), nn.ReLU(), *conv_unit(third, fourth, 1, norm=norm)]
        size_after(nn.Sequential(*features), size)
        head = nn.Sequential(nn.Conv2d(fourth, out_features, 1), nn.AdaptiveAvgPool2d(1), nn.Flatten())
        self.layers = nn.Sequential(*features, head)
