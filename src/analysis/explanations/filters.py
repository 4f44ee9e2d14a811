"""Weights of layers that have the shape of images.

Shapes: O units, C channels, h x w weights.
"""

import math
from collections.abc import Sequence

from torch import Tensor, nn

from ..layers.outputs import layer_named


def first_filters(net: nn.Module, shape: Sequence[int]) -> Tensor | None:
    """Return the weights (O, C, h, w) of the first layer that takes images of a shape (C, H, W), or None."""
    return next((found for weight in net.parameters() if (found := as_filters(weight, shape)) is not None), None)


def filters_of(net: nn.Module, layer: str) -> Tensor:
    """Return the weights (O, C, h, w) of a convolution. Raises ValueError for another layer. Aggarwal 8.5.1."""
    weight = getattr(layer_named(net, layer), "weight", None)
    if not isinstance(weight, Tensor) or weight.ndim != 4:
        raise ValueError(f"layer '{layer}' has no filters; convolutions have")
    return weight.detach()


def as_filters(weight: Tensor, shape: Sequence[int]) -> Tensor | None:
    """Return weights as images of C channels, None if they have another shape."""
    if weight.ndim == 4 and weight.shape[1] == shape[0]:
        return weight.detach()
    if weight.ndim == 2 and weight.shape[1] == math.prod(shape):
        return weight.detach().view(-1, *shape)
    return None
