"""A network of local receptive fields without shared weights.

Shapes: B images, C channels, H x W pixels, O outputs.
"""

from collections.abc import Sequence

import torch
from torch import nn

from ...layers.conv.locally_connected import LocallyConnected2d
from ...layers.conv.sizes import size_after
from ...layers.conv.units import check_sizes
from .network import ConvNet


class LocallyConnectedNet(ConvNet):
    """Stages of locally connected units with ReLU and of 2x2 average pooling, and a linear layer.

    The two kinds of layers are the simple and the complex cells of the neocognitron; here all weights are trained by
    gradient descent. channels: maps of each stage; kernel: side of the receptive fields, without padding.
    Raises ValueError for no stage, sizes below 1, and images that are too small.
    Fukushima 1980; Aggarwal 8.1.1.
    """

    def __init__(
        self,
        *,
        in_shape: Sequence[int],
        out_features: int,
        channels: Sequence[int] = (8, 16),
        kernel: int = 3,
    ) -> None:
        super().__init__()
        if not channels:
            raise ValueError("channels is []; it takes the maps of each stage")
        check_sizes({"channels": min(channels), "kernel": kernel})
        maps, *size = in_shape
        with torch.device("meta"):  # the sizes are those of convolutions
            path = [layer for _ in channels for layer in (nn.Conv2d(1, 1, kernel), nn.ReLU(), nn.AvgPool2d(2))]
        size_after(nn.Sequential(*path), size)
        height, width = size
        features: list[nn.Module] = []
        for more in channels:
            features += [LocallyConnected2d(maps, more, kernel, size=(height, width)), nn.ReLU(), nn.AvgPool2d(2)]
            maps, height, width = more, (height - kernel + 1) // 2, (width - kernel + 1) // 2
        self.layers = nn.Sequential(*features, nn.Flatten(), nn.Linear(maps * height * width, out_features))
