"""Activation functions and their derivatives.

Shapes: N places on the axis.
"""

from collections.abc import Callable, Mapping

import torch
from matplotlib.figure import Figure
from torch import Tensor

from ..style import COLOURS, in_style, legend_below, tiles


@in_style
def plot_activations(functions: Mapping[str, Callable[[Tensor], Tensor]], reach: float = 5.0) -> Figure:
    """Draw named functions of one number from -reach to reach, each with its derivative.

    Aggarwal figures 1.8 and 1.10.
    """
    figure, axes = tiles(len(functions), 3, height=1.7)
    for ax, (name, function) in zip(axes, functions.items(), strict=True):
        v = torch.linspace(-reach, reach, 401, requires_grad=True)  # (N,)
        y = function(v)
        slope = torch.autograd.grad(y.sum(), v)[0] if y.requires_grad else torch.zeros_like(v)  # of a step it is 0
        ax.axhline(0, color="#bbbbbb", linewidth=0.8)
        ax.axvline(0, color="#bbbbbb", linewidth=0.8)
        x = v.detach().numpy()
        curve = ax.plot(x, y.detach().numpy(), color=COLOURS[0], linewidth=2, label="f(v)")
        curve += ax.plot(x, slope.numpy(), color=COLOURS[5], linestyle="--", label="derivative f'(v)")
        ax.set_title(name)
        ax.set_xlabel("v")
    legend_below(figure, curve)
    return figure
