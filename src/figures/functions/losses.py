"""Losses as functions of the margin.

Shapes: N points on the axis.
"""

from collections.abc import Callable, Mapping

import torch
from matplotlib.figure import Figure
from torch import Tensor

from ..style import in_style, new_figure, nth_colour

LINES = ("-", "--", "-.", ":")
HIGHEST = 4.0  # upper limit of the axis in the text


@in_style
def plot_margin_losses(losses: Mapping[str, Callable[[Tensor], Tensor]], reach: float = 3.0) -> Figure:
    """Draw named losses of one example as functions of its margin y z, from -reach to reach.

    y = +1 or -1 is the class and z the output. A positive margin means a correct classification.
    Aggarwal figures 1.6 and 2.4.
    """
    margin = torch.linspace(-reach, reach, 601)  # (N,)
    figure = new_figure(3.4)
    ax = figure.subplots()
    ax.axvspan(0, reach, color="#f2f2f2", linewidth=0)
    for k, (name, loss) in enumerate(losses.items()):
        colour, line = nth_colour(k), LINES[k % len(LINES)]
        width = max(3.6 - 0.5 * k, 1.4)  # later lines are narrower, so that earlier ones stay visible
        ax.plot(margin.numpy(), loss(margin).numpy(), color=colour, linestyle=line, linewidth=width, label=name)
    ax.set(xlim=(-reach, reach), ylim=(-0.1, HIGHEST), ylabel="loss")
    ax.set_xlabel("margin $y z$ (grey: classified correctly)")
    ax.legend()
    return figure
