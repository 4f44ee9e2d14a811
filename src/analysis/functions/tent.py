"""Depth against width: networks of one input that fold the line, and how many straight pieces they have.

Shapes: P pieces, M units of a layer.
"""

import torch
from torch import Tensor, nn

NEAR = 1e-12  # of the interval: nearer places differ by rounding


def tent(depth: int) -> nn.Sequential:
    """Return the tent map t(x) = 2 relu(x) - 4 relu(x - 1/2) composed `depth` times, a layer of two rectifiers each.

    It has 2^depth pieces on [0, 1], between 0 and 1, and all of its numbers are exact. Raises ValueError for a depth
    below 1. Aggarwal 1.5.2.
    """
    if depth < 1:
        raise ValueError(f"depth is {depth}; it must be at least 1")
    fold = torch.tensor([[2.0, -4.0]])
    layers: list[nn.Module] = []
    for level in range(depth):
        layers += [dense(fold.repeat(2, 1) if level else torch.ones(2, 1), torch.tensor([0, -0.5])), nn.ReLU()]
    return nn.Sequential(*layers, dense(fold, torch.zeros(1)))


def shallow_tent(depth: int) -> nn.Sequential:
    """Return the same function from a single layer of 2^depth rectifiers, one for each piece.

    With fewer than 2^depth - 1 there is none: a layer of M rectifiers has at most M + 1 pieces.
    """
    if depth < 1:
        raise ValueError(f"depth is {depth}; it must be at least 1")
    pieces = 2**depth
    kinks = torch.arange(pieces) / pieces
    turns = 2.0 * pieces * (-1) ** torch.arange(pieces)  # the slope changes between 2^depth and -2^depth
    turns[0] = pieces
    return nn.Sequential(dense(torch.ones(pieces, 1), -kinks), nn.ReLU(), dense(turns[None], torch.zeros(1)))


@torch.no_grad()
def pieces(net: nn.Sequential, low: float = 0.0, high: float = 1.0) -> Tensor:
    """Return the ends of the straight pieces of a network with one input between low and high: (P + 1,), ascending.

    Found layer by layer, where a unit crosses 0, not by sampling; neighbours whose slopes differ by rounding are one.
    Raises ValueError unless the layers are linear ones, the first of one input and the last of one output, and
    rectifiers.
    """
    if any(not isinstance(layer, nn.Linear | nn.ReLU) for layer in net):
        raise ValueError("only networks of linear layers and rectifiers are made of straight pieces")
    x = torch.tensor([low, high], dtype=torch.float64)
    for layer in range(len(net)):
        if isinstance(net[layer], nn.ReLU):
            a = values(net[:layer], x)  # (P + 1, M), straight between neighbours
            before, after = a[:-1], a[1:]
            row, unit = (before * after < 0).nonzero(as_tuple=True)
            share = before[row, unit] / (before[row, unit] - after[row, unit])
            x = torch.cat([x, x[row] + share * (x[row + 1] - x[row])]).unique()
            x = x[torch.cat([torch.ones(1, dtype=torch.bool), x.diff() > NEAR * (high - low)])]
    slopes = values(net, x).squeeze(1).diff() / x.diff()
    bends = (slopes.diff().abs() > 1e-6 * slopes.abs().max()).nonzero().squeeze(1) + 1
    return torch.cat([x[:1], x[bends], x[-1:]])


def values(net: nn.Sequential, x: Tensor) -> Tensor:
    """Return the outputs at places (P + 1,) in double precision: (P + 1, M)."""
    h = x.unsqueeze(1)
    for layer in net:
        if isinstance(layer, nn.Linear):
            h = nn.functional.linear(h, layer.weight.double(), None if layer.bias is None else layer.bias.double())
        else:
            h = h.relu()
    return h


@torch.no_grad()
def dense(weight: Tensor, bias: Tensor) -> nn.Linear:
    """Return a linear layer with given weights."""
    layer = nn.Linear(*weight.t().shape)
    layer.weight.copy_(weight)
    layer.bias.copy_(bias)
    return layer
