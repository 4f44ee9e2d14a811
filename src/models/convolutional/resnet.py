"""Residual networks: stages of blocks.

Shapes: B images, C channels, H x W pixels, O outputs.
"""

from collections.abc import Callable, Sequence
from typing import Literal

from ...layers.conv.residual import Block, StochasticDepth
from ...layers.conv.units import check_sizes
from ..components import check_component
from .network import ConvNet, averaged
from .stems import stem_layers


class ResNet(ConvNet):
    """A convolution, stages of blocks, and a linear layer on the means of the last maps.

    The first block of each stage but the first halves height and width.
    block: a function (in_channels, channels, stride) that makes a block, a class of `nnzoo.layers.conv.residual` with
    its settings; blocks: number of blocks of each stage; channels: `channels` of the blocks of each stage;
    stem_channels: maps of the first convolution; stem: 3x3 for small images, or 7x7 with stride 2 and a 3x3 max-pooling
    with stride 2. survival: probability that the last block takes part in a training step; it decreases from 1 linearly
    with the position of the block (stochastic depth).
    Raises ValueError for lists of different lengths, a stage without blocks, sizes below 1, a survival outside (0, 1],
    survival with blocks that are no sum, and for a `block` that makes no blocks.
    He et al. 2016a; Huang et al. 2016; Aggarwal 8.4.5.
    """

    def __init__(
        self,
        *,
        in_shape: Sequence[int],
        out_features: int,
        block: Callable[[int, int, int], Block],
        blocks: Sequence[int] = (3, 3, 3),
        channels: Sequence[int] = (16, 32, 64),
        stem_channels: int = 16,
        stem: Literal["3x3", "7x7"] = "3x3",
        survival: float = 1.0,
    ) -> None:
        super().__init__()
        check_component("block", block, Block, "nnzoo.layers.conv.residual.BasicBlock")
        check_sizes({"stem_channels": stem_channels})
        if not blocks:
            raise ValueError("blocks is []; it takes the number of blocks of each stage")
        if len(blocks) != len(channels):
            raise ValueError(f"blocks has {len(blocks)} and channels {len(channels)} entries; each takes one per stage")
        if min(blocks) < 1:
            raise ValueError(f"blocks is {[*blocks]}; each stage needs at least 1")
        maps, *size = in_shape
        made: list[Block] = []
        for number, more in zip(blocks, channels, strict=True):
            for index in range(number):
                stride = 2 if made and index == 0 else 1
                made.append(block(made[-1].out_channels if made else stem_channels, more, stride))
        first = stem_layers(stem, maps, stem_channels, made[0].opening(stem_channels))
        if survival != 1:
            drop_branches(made, survival)
        features = [*first, *made, *made[-1].closing()]
        self.layers = averaged(features, made[-1].out_channels, size, out_features)


def drop_branches(blocks: Sequence[Block], survival: float) -> None:
    """Leave out branches of blocks in training; block l of L survives with probability 1 - (1 - survival) l / L."""
    if not blocks[0].is_sum:
        name = type(blocks[0]).__name__
        raise ValueError(f"survival={survival} leaves out branches beside a shortcut, and {name} is no such sum")
    for number, block in enumerate(blocks, 1):
        block.branch = StochasticDepth(block.branch, 1 - (1 - survival) * number / len(blocks))
