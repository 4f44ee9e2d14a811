"""Sliding windows: a network for small images applied to every place of a larger one.

Shapes: B images, C channels, H x W pixels of the images of training, K outputs, h x w places.
"""

from collections.abc import Sequence
from copy import deepcopy

import torch
from torch import Tensor, nn

from ...layers.conv.locally_connected import LocallyConnected2d
from ...layers.conv.sizes import size_after


def fully_convolutional(layers: nn.Sequential, size: Sequence[int]) -> nn.Sequential:
    """Return the layers of a network for images H x W as convolutions, which take images of any larger size.

    The first dense layer becomes a convolution with filters as large as its maps, the following ones convolutions of
    1x1. The outputs (B, K, h, w) are those of the network for all windows H x W at a distance of the product of all
    strides, which are computed together. They are equal to those of crops if no layer pads; with padding, the network
    sees the surroundings of a window in place of zeros. Raises ValueError for a network without maps that are
    flattened, for filters that differ by place, and for layers with weights behind the maps that are not dense.
    Aggarwal 8.2.6, 8.6.2, 8.6.3; Sermanet et al. 2014.
    """
    names = [type(layer).__name__ for layer in layers]
    if "Flatten" not in names or any(name.startswith("Adaptive") for name in names):
        raise ValueError("no dense layer reads the maps; with a global average pooling a network takes any larger size")
    place = names.index("Flatten")
    for index, (layer, name) in enumerate(zip(layers, names, strict=True)):
        if isinstance(layer, LocallyConnected2d):
            raise ValueError(f"layer {index} ({name}) has other filters at each place; it takes images of one size")
        if index > place and layer.state_dict() and not isinstance(layer, nn.Linear):
            raise ValueError(f"layer {index} ({name}) reads all maps and is not dense; it cannot become a convolution")
    features = deepcopy(layers[:place])
    kernel: Sequence[int] = size_after(features, size)
    found: list[nn.Module] = [*features]
    for layer in layers[place + 1 :]:
        if isinstance(layer, nn.Linear):
            found.append(as_convolution(layer, kernel))
            kernel = (1, 1)
        else:
            found.append(deepcopy(layer))
    return nn.Sequential(*found).train(layers.training)


@torch.no_grad()
def as_convolution(layer: nn.Linear, kernel: Sequence[int]) -> nn.Conv2d:
    """Return a dense layer on flattened maps as a convolution with filters of the size of the maps."""
    height, width = kernel
    maps = layer.in_features // (height * width)
    conv = nn.Conv2d(maps, layer.out_features, (height, width), bias=layer.bias is not None)
    conv.to(layer.weight).weight.copy_(layer.weight.view_as(conv.weight))
    if layer.bias is not None and conv.bias is not None:
        conv.bias.copy_(layer.bias)
    return conv


def windows(x: Tensor, size: Sequence[int], stride: int) -> Tensor:
    """Return all windows of images (B, C, ., .) at a distance: (B, h, w, C, H, W)."""
    height, width = size
    return x.unfold(2, height, stride).unfold(3, width, stride).permute(0, 2, 3, 1, 4, 5)
