"""The loss of a learning-rate range test."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from ..style import BLUE, GREY, SKY_BLUE, in_style, legend_below, new_figure

MARGIN = 0.1  # above and below the losses up to the minimum of the smoothed loss; later ones may be much larger


@in_style
def plot_range_test(
    rates: Sequence[float], losses: Sequence[float], smoothed: Sequence[float], suggestion: float | None
) -> Figure:
    """Draw the loss of each step and the smoothed loss by the learning rate, and a line at the suggestion."""
    figure = new_figure(3.4)
    ax = figure.subplots()
    lines = ax.plot(rates, losses, color=SKY_BLUE, marker="o", markersize=2, linestyle="", label="loss of a step")
    lines += ax.plot(rates, smoothed, color=BLUE, label="smoothed loss")
    if suggestion is not None:
        line = ax.axvline(suggestion, color=GREY, linestyle=":", label=f"steepest descent: {suggestion:.2g}")
        lines.append(line)
    end = int(np.nanargmin(smoothed)) + 1
    shown = np.asarray([*losses[:end], *smoothed[:end]])
    space = MARGIN * (shown.max() - shown.min()) or 1.0
    ax.set_ylim(shown.min() - space, shown.max() + space)
    ax.set_xscale("log")
    ax.set_xlabel("optimizer.lr")
    ax.set_ylabel("training loss")
    ax.grid()
    figure.suptitle("learning-rate range test")
    legend_below(figure, lines, columns=3)
    return figure
