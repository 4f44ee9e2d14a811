"""Fully convolutional network: a class for each pixel.

Shapes: B images, C channels, H x W pixels, O outputs, h x w pixels of small maps.
"""

from collections.abc import Sequence
from typing import Literal

from jaxtyping import Bool, Float
from torch import Tensor, nn

from ...card import Traits
from ...layers.conv.bilinear import BilinearUpsampling, ChannelsLast
from ...layers.conv.units import check_sizes, conv_unit


class FullyConvolutionalNet(nn.Module):
    """Outputs for each pixel: small maps of outputs, stretched and added to those of earlier, larger maps.

    Each stage has 3x3 convolutions with ReLU and a 2x2 max-pooling. A 1x1 convolution gives the outputs of the last
    stage. Transposed convolutions that at first interpolate stretch them to the size of the stage before, whose outputs
    are added, and so on; the last one stretches to the size of the image. There are no dense layers.
    channels: maps of each stage; convs: convolutions of each stage; skips: number of earlier stages whose outputs are
    added; norm: see `conv_unit`.
    Raises ValueError for no stage, sizes below 1, and skips that are negative or not fewer than the stages.
    Long et al. 2015; Aggarwal 8.2.6, 8.5.2.
    """

    traits = Traits(inputs=("image",), targets=("class_map",))

    def __init__(
        self,
        *,
        in_shape: Sequence[int],
        out_features: int,
        channels: Sequence[int] = (16, 32, 64),
        convs: int = 2,
        skips: int = 2,
        norm: Literal["batch", "none"] = "batch",
    ) -> None:
        super().__init__()
        if not channels:
            raise ValueError("channels is []; it takes the maps of each stage")
        check_sizes({"channels": min(channels), "convs": convs})
        if not 0 <= skips < len(channels):
            raise ValueError(f"skips is {skips}; it must be at least 0 and below {len(channels)}, the number of stages")
        maps, height, width = in_shape
        sizes = [(height, width)]
        self.stages = nn.ModuleList()
        for more in channels:
            layers: list[nn.Module] = []
            for _ in range(convs):
                layers += conv_unit(maps, more, 3, norm=norm)
                maps = more
            self.stages.append(nn.Sequential(*layers, nn.MaxPool2d(2, ceil_mode=True)))
            sizes.append((-(-sizes[-1][0] // 2), -(-sizes[-1][1] // 2)))
        used = [*channels][len(channels) - 1 - skips :][::-1]  # the last stage first
        self.scores = nn.ModuleList(nn.Conv2d(more, out_features, 1) for more in used)
        self.stretched = nn.ModuleList(BilinearUpsampling(out_features, 2, sizes[-2 - index]) for index in range(skips))
        last = BilinearUpsampling(out_features, 2 ** (len(channels) - skips), sizes[0])
        self.head = nn.Sequential(last, ChannelsLast())

    def forward_features(
        self, x: Float[Tensor, "B C H W"], mask: Bool[Tensor, "B"] | None = None
    ) -> Float[Tensor, "B O h w"]:
        """Return the outputs on small maps, before they are stretched to the size of the image."""
        stages = []
        for stage in self.stages:
            x = stage(x)
            stages.append(x)
        outputs: Tensor = self.scores[0](stages.pop())
        for score, stretch in zip(self.scores[1:], self.stretched, strict=True):
            outputs = stretch(outputs) + score(stages.pop())
        return outputs

    def forward(self, x: Float[Tensor, "B C H W"]) -> Float[Tensor, "B H W O"]:
        """Return the raw outputs of each pixel."""
        return self.head(self.forward_features(x))
