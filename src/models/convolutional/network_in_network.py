"""Network in Network.

Shapes: B images, C channels, H x W pixels, O outputs.
"""

from collections.abc import Sequence

from torch import nn

from ...layers.conv.sizes import size_after
from ...layers.conv.units import conv_unit
from ...layers.dropout import dropout_layer
from .network import ConvNet


class NetworkInNetwork(ConvNet):
    """Three convolutions, each followed by two 1x1 convolutions; the last gives one map for each output, its mean.

    All convolutions have half padding, and all but the last ReLU, so that outputs can be negative. The first block is
    followed by 3x3 max-pooling and dropout, the second by 3x3 average pooling and dropout; both poolings have stride 2.
    channels: maps of the three convolutions of each block, of two in the last; kernels: of the first convolution of
    each block; dropout: after the poolings.
    Raises ValueError for lists of other lengths, a dropout outside [0, 1), and images that are too small.
    Lin et al. 2014, sections 3 and 4; Aggarwal 8.4.4, 8.8.
    """

    def __init__(
        self,
        *,
        in_shape: Sequence[int],
        out_features: int,
        channels: Sequence[Sequence[int]] = ((192, 160, 96), (192, 192, 192), (192, 192)),
        kernels: Sequence[int] = (5, 5, 3),
        dropout: float = 0.5,
    ) -> None:
        super().__init__()
        if [len(block) for block in channels] != [3, 3, 2]:
            raise ValueError(f"channels is {[*map(list, channels)]}; it takes 3, 3 and 2 numbers of maps")
        if len(kernels) != 3:
            raise ValueError(f"kernels has {len(kernels)} entries; it takes one for each of the 3 blocks")
        maps, *size = in_shape
        pools = (nn.MaxPool2d(3, 2, ceil_mode=True), nn.AvgPool2d(3, 2, ceil_mode=True))
        features: list[nn.Module] = []
        for index, (block, kernel) in enumerate(zip(channels, kernels, strict=True)):
            for more, side in zip(block, (kernel, 1, 1), strict=False):
                features += conv_unit(maps, more, side, norm="none")
                maps = more
            if index < len(pools):
                features += [pools[index], dropout_layer(dropout)]
        size_after(nn.Sequential(*features), size)
        head = nn.Sequential(nn.Conv2d(maps, out_features, 1), nn.AdaptiveAvgPool2d(1), nn.Flatten())
        self.layers = nn.Sequential(*features, head)
