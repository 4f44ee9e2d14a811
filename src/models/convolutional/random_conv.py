"""A convolutional network with fixed random filters.

Shapes: B images, C channels, H x W pixels, O outputs.
"""

from collections.abc import Sequence

from torch import nn

from ...layers.conv.fixed import FixedConv2d
from ...layers.conv.sizes import padding_named, size_after
from ...layers.conv.units import check_sizes
from .network import ConvNet


class RandomConvNet(ConvNet):
    """Stages of a convolution with fixed random filters, ReLU and max-pooling, and a linear layer, which is trained.

    Convolution and pooling respond to some frequencies, wherever they are in the image, also with random filters.
    channels: filters of each stage; kernel: their side, with half padding; pool: side and stride of the poolings.
    Raises ValueError for no stage, sizes below 1, an even kernel, and images that are too small.
    Saxe et al. 2011; Jarrett et al. 2009; Aggarwal 8.8.
    """

    def __init__(
        self,
        *,
        in_shape: Sequence[int],
        out_features: int,
        channels: Sequence[int] = (64,),
        kernel: int = 5,
        pool: int = 4,
    ) -> None:
        super().__init__()
        if not channels:
            raise ValueError("channels is []; it takes the filters of each stage")
        check_sizes({"channels": min(channels), "kernel": kernel, "pool": pool})
        maps, *size = in_shape
        features: list[nn.Module] = []
        for more in channels:
            conv = FixedConv2d(maps, more, kernel, padding=padding_named("half", kernel))
            features += [conv, nn.ReLU(), nn.MaxPool2d(pool)]
            maps = more
        height, width = size_after(nn.Sequential(*features), size)
        self.layers = nn.Sequential(*features, nn.Flatten(), nn.Linear(maps * height * width, out_features))
