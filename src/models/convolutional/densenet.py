"""DenseNet: densely connected blocks with transitions between them.

Shapes: B images, C channels, H x W pixels, O outputs.
"""

from collections.abc import Sequence
from typing import Literal

from torch import nn

from ...card import Traits
from ...layers.conv.dense_block import DenseBlock
from ...layers.conv.units import activations, check_sizes, normalization, pre_activation_unit
from .network import ConvNet, averaged
from .stems import stem_layers


class DenseNet(ConvNet):
    """A stem, dense blocks, and transitions that halve height and width: a 1x1 convolution and 2x2 average pooling.

    growth: maps that each layer adds; blocks: layers of each block; bottleneck: maps of a 1x1 convolution before each
    3x3 convolution, as a multiple of growth, 0 for none; compression: share of the maps that a transition keeps;
    stem_channels, stem: see `ResNet`; dropout: after each layer.
    Raises ValueError for a block without layers, sizes that are too small, a compression outside (0, 1] or that keeps
    no map, and images that are too small.
    Huang et al. 2017, table 1; Aggarwal 8.4.5.
    """

    traits = Traits(
        inputs=("image",), targets=("classes", "real", "multilabel"), needs={"compression": (("blocks", 2),)}
    )

    def __init__(
        self,
        *,
        in_shape: Sequence[int],
        out_features: int,
        growth: int = 12,
        blocks: Sequence[int] = (12, 12, 12),
        bottleneck: int = 0,
        compression: float = 1.0,
        stem_channels: int = 16,
        stem: Literal["3x3", "7x7"] = "3x3",
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        if not blocks or min(blocks) < 1 or growth < 1:
            raise ValueError(f"blocks is {[*blocks]} and growth is {growth}; each must be at least 1")
        check_sizes({"stem_channels": stem_channels})
        if bottleneck < 0:
            raise ValueError(f"bottleneck is {bottleneck}; it must be at least 0")
        if not 0 < compression <= 1:
            raise ValueError(f"compression is {compression}; it must be above 0 and at most 1")
        maps, *size = in_shape
        # With a large stem, the maps are activated before the pooling; a small stem is one convolution.
        opening = [*normalization("batch", stem_channels), *activations("relu")] if stem == "7x7" else []
        features = stem_layers(stem, maps, stem_channels, opening)
        maps = stem_channels
        for index, layers in enumerate(blocks):
            if index:
                kept = int(compression * maps)
                if kept < 1:
                    raise ValueError(f"compression={compression} keeps none of {maps} maps")
                features += [*pre_activation_unit(maps, kept, 1), nn.AvgPool2d(2)]
                maps = kept
            block = DenseBlock(maps, layers, growth=growth, bottleneck=bottleneck, dropout=dropout)
            features.append(block)
            maps = block.out_channels
        features += [*normalization("batch", maps), *activations("relu")]
        self.layers = averaged(features, maps, size, out_features)
