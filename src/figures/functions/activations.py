"""Activation functions and their derivatives.

Shapes: N points on the axis.
"""

from collections.abc import Callable, Mapping

import torch
from matplotlib.figure import Figure
from torch import Tensor

from ..style import BLUE, VERMILION, in_style, legend_below, subplot_grid


@in_style
def plot_activations(functions: Mapping[str, Callable[[Tensor], Tensor]], reach: float = 5.0) -> Figure:
    """Draw named functions of one variable from -reach to reach, with their derivatives.

    Aggarwal figures 1.8 and 1.10.
    """
    figure, axes = subplot_grid(len(functions), 3, height=1.7)
    for ax, (name, function) in zip(axes, functions.items(), strict=True):
        v = torch.linspace(-reach, reach, 401, requires_grad=True)  # (N,)
        y = function(v)
        slope = torch.autograd.grad(y.sum(), v)[0] if y.requires_grad else torch.zeros_like(v)  # 0 for a step function
        ax.axhline(0, color="#bbbbbb", linewidth=0.8)
        ax.axvline(0, color="#bbbbbb", linewidth=0.8)
        x = v.detach().numpy()
        curve = ax.plot(x, y.detach().numpy(), color=BLUE, linewidth=2, label="f(v)")
        curve += ax.plot(x, slope.numpy(), color=VERMILION, linestyle="--", label="derivative f'(v)")
        ax.set_title(name)
        ax.set_xlabel("v")
    legend_below(figure, curve)
    return figure
