"""VGG: 3x3 convolutions and 2x2 max-pooling.

Shapes: B images, C channels, H x W pixels, O outputs.
"""

import re
from collections.abc import Sequence
from typing import Literal

from torch import nn

from ...card import Traits
from ...layers.conv.local_response import LocalResponseNorm
from ...layers.conv.units import conv_unit
from .network import ConvNet, dense


class VGG(ConvNet):
    """The layers of a column of the published table, dense layers, and the outputs.

    layers: C3D64 is a convolution with 64 filters of 3x3, half padding and ReLU, M a 2x2 max-pooling with stride 2, LRN
    a local response normalization. dense_units: of each dense layer; dropout: after each of them; norm: between
    convolution and ReLU, none in the publication.
    Raises ValueError for a layer that cannot be read or has filters of even side, which would change the size, and for
    images that are too small; each M halves the size.
    Simonyan and Zisserman 2015, table 1; Aggarwal 8.4.3, table 8.2.
    """

    traits = Traits(inputs=("image",), targets=("classes", "real", "multilabel"), needs={"dropout": ("dense_units",)})

    def __init__(
        self,
        *,
        in_shape: Sequence[int],
        out_features: int,
        layers: str = "C3D64 M C3D128 M C3D256 C3D256 M C3D512 C3D512 M C3D512 C3D512 M",
        dense_units: Sequence[int] = (4096, 4096),
        dropout: float = 0.5,
        norm: Literal["batch", "none"] = "none",
    ) -> None:
        super().__init__()
        maps, *size = in_shape
        features: list[nn.Module] = []
        for name in layers.split():
            found = re.fullmatch(r"C(\d+)D(\d+)", name)
            if found:
                kernel, channels = map(int, found.groups())
                if channels < 1 or kernel % 2 == 0:
                    raise ValueError(f"layers has '{name}'; it takes odd sides of filters and at least 1 filter")
                features += conv_unit(maps, channels, kernel, norm=norm)
                maps = channels
            elif name == "M":
                features.append(nn.MaxPool2d(2))
            elif name == "LRN":
                features.append(LocalResponseNorm(5))
            else:
                raise ValueError(f"layers has '{name}'; it takes C3D64 (3x3 convolution to 64 maps), M and LRN")
        self.layers = dense(features, maps, size, dense_units, out_features, dropout)
