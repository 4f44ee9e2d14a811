"""Initialization of weights by the schemes of the texts."""

from collections.abc import Callable, Iterator
from math import sqrt

import torch
from torch import Tensor, nn

from ..errors import unknown
from .cells.base import Cell
from .partial_conv import PartialConv2d

_SCHEMES: dict[str, Callable[[Tensor, int, int], Tensor]] = {
    "he": lambda w, fan_in, fan_out: w.normal_(0, sqrt(2 / fan_in)),
    "xavier": lambda w, fan_in, fan_out: w.normal_(0, sqrt(2 / (fan_in + fan_out))),
    "fan_in": lambda w, fan_in, fan_out: w.normal_(0, sqrt(1 / fan_in)),
    "fan_in_uniform": lambda w, fan_in, fan_out: w.uniform_(-sqrt(1 / fan_in), sqrt(1 / fan_in)),
    "normal": lambda w, fan_in, fan_out: w.normal_(0, 0.01),
    "uniform": lambda w, fan_in, fan_out: w.uniform_(-1, 1),
    "orthogonal": lambda w, fan_in, fan_out: nn.init.orthogonal_(w.flatten(1)).view_as(w),
}


@torch.no_grad()
def initialize(module: nn.Module, scheme: str) -> None:
    """Draw the weights of all linear, convolutional and recurrent layers anew, each by its own fan-in.

    With N(mean, variance), n = fan_in and m = fan_out:
    default: as torch left them; he: N(0, 2/n); xavier: N(0, 2/(n + m)); fan_in: N(0, 1/n);
    fan_in_uniform: U(-1/sqrt(n), 1/sqrt(n)); normal: N(0, 0.01^2); uniform: U(-1, 1), biases too;
    orthogonal: orthonormal rows or columns. The others set the biases to zero. Cells then add what they say of their
    own beginning, such as a forget bias.
    Raises ValueError with the nearest name. Aggarwal 3.3.3, 3.9; MIT 6.6; MMDS 13.1.4, 13.4.5.
    """
    if scheme == "default":
        return
    if scheme not in _SCHEMES:
        raise ValueError(str(unknown("initialization", scheme, ["default", *_SCHEMES])))
    for layer in module.modules():
        for weight, fan_in, fan_out in _weights(layer):
            _SCHEMES[scheme](weight, fan_in, fan_out)
        for bias in _biases(layer):
            bias.uniform_(-1, 1) if scheme == "uniform" else bias.zero_()
        if isinstance(layer, Cell):
            layer.start()


def _weights(layer: nn.Module) -> Iterator[tuple[Tensor, int, int]]:
    """Yield the weights of a layer with their fan-in and fan-out."""
    match layer:
        case nn.Linear() | nn.Conv1d() | nn.Conv2d():
            yield layer.weight, layer.weight[0].numel(), layer.weight[:, 0].numel()
        case PartialConv2d():
            for weight in layer.maps():
                yield weight, weight.numel(), layer.weight.numel() // layer.in_channels
        case Cell():  # the matrices of gates and candidate lie one below the other
            for weight in (layer.weight_x, layer.weight_h):
                for block in weight.split(layer.hidden):
                    yield block, block.shape[1], layer.hidden
        case nn.RNNBase():
            for name, weight in layer.named_parameters():
                if name.startswith("weight"):
                    for block in weight.split(layer.hidden_size):
                        yield block, block.shape[1], layer.hidden_size


def _biases(layer: nn.Module) -> Iterator[Tensor]:
    """Yield the biases of a layer whose weights are drawn."""
    if isinstance(layer, nn.Linear | nn.Conv1d | nn.Conv2d | PartialConv2d | nn.RNNBase | Cell):
        for name, parameter in layer.named_parameters():
            if name.startswith("bias"):
                yield parameter
