"""Depth against width: the number of linear regions of networks with one input.

Shapes: P regions, M units of a layer.
"""

import torch
from torch import Tensor, nn

TOLERANCE = 1e-12  # relative to the interval: closer boundaries differ only by rounding


def tent(depth: int) -> nn.Sequential:
    """Return the tent map t(x) = 2 relu(x) - 4 relu(x - 1/2) composed `depth` times, one layer of two ReLUs for each.

    It has 2^depth linear regions on [0, 1], values from 0 to 1, and exact weights. Raises ValueError for a depth below
    1. Aggarwal 1.5.2.
    """
    if depth < 1:
        raise ValueError(f"depth is {depth}; it must be at least 1")
    fold = torch.tensor([[2.0, -4.0]])
    layers: list[nn.Module] = []
    for level in range(depth):
        layers += [dense(fold.repeat(2, 1) if level else torch.ones(2, 1), torch.tensor([0, -0.5])), nn.ReLU()]
    return nn.Sequential(*layers, dense(fold, torch.zeros(1)))


def shallow_tent(depth: int) -> nn.Sequential:
    """Return the same function as `tent` with a single layer of 2^depth ReLUs, one for each linear region.

    At least 2^depth - 1 units are needed, since a layer of M ReLUs has at most M + 1 regions.
    """
    if depth < 1:
        raise ValueError(f"depth is {depth}; it must be at least 1")
    regions = 2**depth
    kinks = torch.arange(regions) / regions
    changes = 2.0 * regions * (-1) ** torch.arange(regions)  # the slope alternates between 2^depth and -2^depth
    changes[0] = regions
    return nn.Sequential(dense(torch.ones(regions, 1), -kinks), nn.ReLU(), dense(changes[None], torch.zeros(1)))


@torch.no_grad()
def region_boundaries(net: nn.Sequential, low: float = 0.0, high: float = 1.0) -> Tensor:
    """Return the boundaries of the linear regions of a network with one input between low and high: (P + 1,).

    They are found exactly, layer by layer, where a unit crosses 0; neighboring regions whose slopes differ only by
    rounding are merged. Raises ValueError for other layers than linear layers and ReLUs; the network must have one
    input and one output.
    """
    if any(not isinstance(layer, nn.Linear | nn.ReLU) for layer in net):
        raise ValueError("linear regions can only be computed for networks of nn.Linear and nn.ReLU layers")
    x = torch.tensor([low, high], dtype=torch.float64)
    for layer in range(len(net)):
        if isinstance(net[layer], nn.ReLU):
            a = evaluate(net[:layer], x)  # (P + 1, M), linear between neighbors
            before, after = a[:-1], a[1:]
            row, unit = (before * after < 0).nonzero(as_tuple=True)
            share = before[row, unit] / (before[row, unit] - after[row, unit])
            x = torch.cat([x, x[row] + share * (x[row + 1] - x[row])]).unique()
            x = x[torch.cat([torch.ones(1, dtype=torch.bool), x.diff() > TOLERANCE * (high - low)])]
    slopes = evaluate(net, x).squeeze(1).diff() / x.diff()
    bends = (slopes.diff().abs() > 1e-6 * slopes.abs().max()).nonzero().squeeze(1) + 1
    return torch.cat([x[:1], x[bends], x[-1:]])


def evaluate(net: nn.Sequential, x: Tensor) -> Tensor:
    """Return the outputs at inputs x (P + 1,) in double precision: (P + 1, M)."""
    h = x.unsqueeze(1)
    for layer in net:
        if isinstance(layer, nn.Linear):
            h = nn.functional.linear(h, layer.weight.double(), None if layer.bias is None else layer.bias.double())
        else:
            h = h.relu()
    return h


@torch.no_grad()
def dense(weight: Tensor, bias: Tensor) -> nn.Linear:
    """Return a linear layer with the given weights and biases."""
    layer = nn.Linear(*weight.t().shape)
    layer.weight.copy_(weight)
    layer.bias.copy_(bias)
    return layer
