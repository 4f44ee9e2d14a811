"""Linear regions of rectifier networks.

Shapes: P regions.
"""

from collections.abc import Callable, Mapping

import torch
from matplotlib.figure import Figure
from torch import Tensor

from ..style import BLUE, in_style, new_figure, nth_colour, nth_marker


@in_style
def plot_linear_regions(functions: Mapping[str, tuple[Callable[[Tensor], Tensor], Tensor]]) -> Figure:
    """Draw named networks of one input below each other, with the end points (P + 1,) of their linear regions."""
    figure = new_figure(1.1 * len(functions) + 0.6)
    axes = figure.subplots(len(functions), 1, sharex=True, squeeze=False)[:, 0]
    for ax, (name, (net, ends)) in zip(axes, functions.items(), strict=True):
        with torch.no_grad():
            y = net(ends.float().unsqueeze(1)).squeeze(1)
        ax.plot(ends.numpy(), y.numpy(), color=BLUE, linewidth=1.2, marker="o", markersize=2.5)
        ax.set_title(f"{name}: {len(ends) - 1} linear regions")
        ax.set_ylabel("output")
    axes[-1].set_xlabel("input")
    return figure


@in_style
def plot_region_counts(counts: Mapping[str, Mapping[int, int]]) -> Figure:
    """Draw the number of linear regions by number of hidden units for named networks, on logarithmic axes."""
    figure = new_figure(3.4)
    ax = figure.subplots()
    for k, (name, pieces) in enumerate(counts.items()):
        marker = nth_marker(k)
        ax.plot(*zip(*sorted(pieces.items()), strict=True), color=nth_colour(k), marker=marker, label=name)
    ax.set_xscale("log", base=2)
    ax.set_yscale("log", base=2)
    ax.set_xlabel("hidden units")
    ax.set_ylabel("linear regions")
    ax.grid()
    ax.legend()
    return figure
