"""Convolutional networks for short grey videos, whose frames are the channels of an image.

Shapes: B videos, T frames of H x W pixels, U features, O outputs.
"""

from collections.abc import Callable, Sequence

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from ...card import Traits
from ...layers.cells.base import Cell
from ...layers.conv.frames import FramesAsDepth
from ...layers.conv.sizes import padding_named, size_after
from ...layers.conv.units import check_sizes, conv_unit
from ...layers.recurrent import Recurrent
from ..components import check_component
from .network import ConvNet


class VideoConvNet(ConvNet):
    """Stages of a convolution over time, height and width with ReLU and of 2x2 max-pooling of each frame.

    The output is a linear function of the mean of each map over all frames and pixels. channels: maps of each stage;
    kernel: side of the filters in height and width; kernel_time: frames that a filter covers, with half padding; 1
    convolves each frame by itself, and the output is the mean of the outputs of all frames.
    Raises ValueError for no stage, sizes below 1, even kernels, and frames that are too small.
    Tran et al. 2015; Aggarwal 8.6.5.
    """

    def __init__(
        self,
        *,
        in_shape: Sequence[int],
        out_features: int,
        channels: Sequence[int] = (16, 32),
        kernel: int = 3,
        kernel_time: int = 3,
    ) -> None:
        super().__init__()
        check_stages(channels, in_shape[1:], kernel)
        check_sizes({"kernel_time": kernel_time})
        sides = (kernel_time, kernel, kernel)
        over_space = padding_named("half", kernel)
        padding = (padding_named("half", kernel_time), over_space, over_space)
        features: list[nn.Module] = [FramesAsDepth()]
        maps = 1
        for more in channels:
            features += [nn.Conv3d(maps, more, sides, padding=padding), nn.ReLU(), nn.MaxPool3d((1, 2, 2))]
            maps = more
        self.layers = nn.Sequential(*features, nn.AdaptiveAvgPool3d(1), nn.Flatten(), nn.Linear(maps, out_features))


class ConvRecurrentNet(nn.Module):
    """The features of each frame by a convolutional network, recurrent cells over the frames, and a linear layer.

    The features come from stages of a convolution with ReLU and 2x2 max-pooling, the same for all frames. channels:
    maps of each stage; kernel: side of the filters; cell: a function from the number of inputs to a recurrent cell.
    Raises ValueError for no stage, sizes below 1, even kernels, frames that are too small, a video of one frame, and a
    `cell` that makes no cells.
    Donahue et al. 2015; Aggarwal 8.6.5.
    """

    traits = Traits(inputs=("image",), targets=("classes", "real", "multilabel"))

    def __init__(
        self,
        *,
        in_shape: Sequence[int],
        out_features: int,
        cell: Callable[[int], Cell],
        channels: Sequence[int] = (8, 16),
        kernel: int = 3,
    ) -> None:
        super().__init__()
        check_component("cell", cell, Cell, "nnzoo.layers.cells.lstm.LSTM")
        frames, *size = in_shape
        if frames < 2:
            raise ValueError("the images have 1 channel; the channels are the frames of a video, at least 2")
        check_stages(channels, size, kernel)
        layers: list[nn.Module] = []
        maps = 1
        for more in channels:
            layers += [*conv_unit(maps, more, kernel, norm="none"), nn.MaxPool2d(2)]
            maps = more
        height, width = size_after(nn.Sequential(*layers), size)
        self.features = nn.Sequential(*layers, nn.Flatten())
        self.recurrent = Recurrent(cell, maps * height * width)
        self.head = nn.Linear(self.recurrent.output_size, out_features)

    def forward_features(
        self, x: Float[Tensor, "B T H W"], mask: Bool[Tensor, "B"] | None = None
    ) -> Float[Tensor, "B U"]:
        """Return the output of the cells after the last frame, the input of the head."""
        frames = self.features(x.flatten(0, 1).unsqueeze(1)).unflatten(0, x.shape[:2])
        outputs, _ = self.recurrent(frames)
        return outputs[:, -1]

    def forward(self, x: Float[Tensor, "B T H W"]) -> Float[Tensor, "B O"]:
        """Return the raw outputs."""
        return self.head(self.forward_features(x))


def check_stages(channels: Sequence[int], size: Sequence[int], kernel: int) -> None:
    """Raise ValueError for no stage, sizes below 1, an even kernel, and frames that are too small."""
    if not channels:
        raise ValueError("channels is []; it takes the maps of each stage")
    check_sizes({"channels": min(channels)})
    with torch.device("meta"):
        path = [layer for _ in channels for layer in (*conv_unit(1, 1, kernel, norm="none"), nn.MaxPool2d(2))]
    size_after(nn.Sequential(*path), size)
