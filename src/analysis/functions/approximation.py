"""Universal approximation in one dimension: a staircase of step units. Shapes: M units."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from ...layers.activations import Step


@torch.no_grad()
def staircase(function: Callable[[Tensor], Tensor], units: int, low: float = 0.0, high: float = 1.0) -> nn.Sequential:
    """Return a hidden layer of step units and a linear output that approximate a function between low and high.

    The M units separate M + 1 stairs, whose heights are the values of the function at their centers. The error is at
    most max|f'| (high - low) / (2 (M + 1)). Raises ValueError for fewer than 1 unit or an empty interval.
    Aggarwal 1.2.3, 1.5.
    """
    if units < 1 or not low < high:
        raise ValueError(f"units is {units}, low is {low} and high is {high}; it must be units >= 1 and low < high")
    edges = torch.linspace(low, high, units + 2, dtype=torch.float64)  # of the stairs
    heights = function((edges[:-1] + edges[1:]) / 2)
    hidden, output = nn.Linear(1, units).double(), nn.Linear(units, 1).double()
    hidden.weight.fill_(1)
    hidden.bias.copy_(-edges[1:-1])
    output.weight.copy_(heights.diff())
    output.bias.copy_(heights[:1])
    return nn.Sequential(hidden, Step(), output)


@torch.no_grad()
def max_error(
    net: nn.Module, function: Callable[[Tensor], Tensor], low: float = 0.0, high: float = 1.0, points: int = 10001
) -> float:
    """Return the maximum error of a float64 network with one input, over evenly spaced points."""
    x = torch.linspace(low, high, points, dtype=torch.float64)
    return float((net(x.unsqueeze(1)).squeeze(1) - function(x)).abs().max())
