"""AlexNet and its successor ZFNet: five convolutions, three overlapping max-poolings and dense layers.

Shapes: B images, C channels, H x W pixels, O outputs.
"""

from collections.abc import Sequence

from torch import nn

from ...card import Traits
from ...layers.conv.local_response import LocalResponseNorm
from .network import ConvNet, dense

POOLED = (0, 1, 4)
NORMALIZED = (0, 1)
GROUPED = (1, 3, 4)
"""Indices of the convolutions that are followed by a pooling, by a normalization, and that can be grouped."""


class AlexNet(ConvNet):
    """Five convolutions with ReLU; the first two are followed by LRN, and these two and the last by a 3x3 max-pooling.

    channels, kernels, strides, padding: of each convolution; groups: of the second, fourth and fifth convolution, which
    see only the maps of their group, 2 for the two GPUs of the publication; ceil: the windows of the poolings, with
    stride 2, can reach beyond the maps. dense_units: units of each dense layer; dropout: after each of them.
    Raises ValueError for lists of other lengths than 5 or with numbers that are too small, groups that do not divide
    the maps, and images that are too small.
    Krizhevsky et al. 2012; Zeiler and Fergus 2014; Aggarwal 8.4.1, 8.4.2, table 8.1.
    """

    traits = Traits(inputs=("image",), targets=("classes", "real", "multilabel"), needs={"dropout": ("dense_units",)})

    def __init__(
        self,
        *,
        in_shape: Sequence[int],
        out_features: int,
        channels: Sequence[int] = (96, 256, 384, 384, 256),
        kernels: Sequence[int] = (11, 5, 3, 3, 3),
        strides: Sequence[int] = (4, 1, 1, 1, 1),
        padding: Sequence[int] = (2, 2, 1, 1, 1),
        groups: int = 1,
        ceil: bool = False,
        dense_units: Sequence[int] = (4096, 4096),
        dropout: float = 0.5,
    ) -> None:
        super().__init__()
        for name, values in {"channels": channels, "kernels": kernels, "strides": strides, "padding": padding}.items():
            if len(values) != 5:
                raise ValueError(f"{name} has {len(values)} entries; it takes one for each of the 5 convolutions")
            if min(values) < (least := 0 if name == "padding" else 1):
                raise ValueError(f"{name} is {[*values]}; each must be at least {least}")
        maps, *size = in_shape
        features: list[nn.Module] = []
        for index, (more, kernel, stride, zeros) in enumerate(zip(channels, kernels, strides, padding, strict=True)):
            parts = groups if index in GROUPED else 1
            if parts < 1 or maps % parts or more % parts:
                raise ValueError(
                    f"groups={groups} does not divide {maps} and {more}, the maps of convolution {index + 1}"
                )
            features += [nn.Conv2d(maps, more, kernel, stride, zeros, groups=parts), nn.ReLU()]
            if index in NORMALIZED:
                features.append(LocalResponseNorm(5))
            if index in POOLED:
                features.append(nn.MaxPool2d(3, 2, ceil_mode=ceil))
            maps = more
        self.layers = dense(features, maps, size, dense_units, out_features, dropout)
