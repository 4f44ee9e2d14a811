"""Straight pieces of the functions of rectifier networks.

Shapes: P pieces.
"""

from collections.abc import Callable, Mapping

import torch
from matplotlib.figure import Figure
from torch import Tensor

from .style import COLOURS, MARKERS, sheet


def folded(functions: Mapping[str, tuple[Callable[[Tensor], Tensor], Tensor]]) -> Figure:
    """Draw named networks of one input with the ends (P + 1,) of their pieces, one below the other."""
    figure = sheet(7, 1.3 * len(functions) + 0.6)
    axes = figure.subplots(len(functions), 1, sharex=True, squeeze=False)[:, 0]
    for ax, (name, (net, ends)) in zip(axes, functions.items(), strict=True):
        with torch.no_grad():
            y = net(ends.float().unsqueeze(1)).squeeze(1)
        ax.plot(ends.numpy(), y.numpy(), color=COLOURS[0], linewidth=1.2, marker="o", markersize=2.5)
        ax.set_title(f"{name}: {len(ends) - 1} pieces", fontsize=10)
        ax.spines[["top", "right"]].set_visible(False)
    axes[-1].set_xlabel("x")
    return figure


def against_units(counts: Mapping[str, Mapping[int, int]]) -> Figure:
    """Draw for named kinds of networks the number of pieces over the number of hidden units, both logarithmic."""
    figure = sheet(6, 4.4)
    ax = figure.subplots()
    for k, (name, pieces) in enumerate(counts.items()):
        marker = MARKERS[k % len(MARKERS)]
        ax.plot(*zip(*sorted(pieces.items()), strict=True), color=COLOURS[k % len(COLOURS)], marker=marker, label=name)
    ax.set_xscale("log", base=2)
    ax.set_yscale("log", base=2)
    ax.set_xlabel("hidden units")
    ax.set_ylabel("straight pieces")
    ax.grid(color="#dddddd", linewidth=0.6)
    ax.spines[["top", "right"]].set_visible(False)
    ax.legend(frameon=False)
    return figure
