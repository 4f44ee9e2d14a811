"""Metrics by epoch, for one run or for several networks and seeds.

Shapes: S seeds, E epochs.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ..style import GREY, in_style, legend_below, new_figure, nth_colour, nth_marker

FEW = 50  # with at most this many epochs, each has a marker
RATIO = 10  # of the first to the last value above which the scale is logarithmic


@in_style
def plot_metric(curves: Mapping[str, Sequence[Sequence[float]]], metric: str) -> Figure:
    """Draw the mean over the seeds of each named curve, and a band from minimum to maximum.

    Each curve is a list of S lists of values after 1, 2, ... E epochs, which may have different lengths.
    """
    figure = new_figure(3.4)
    ax = figure.subplots()
    lines = []
    for k, (label, seeds) in enumerate(curves.items()):
        values = stack_seeds(seeds)
        epochs = values.shape[1]
        x = np.arange(1, epochs + 1)
        colour = nth_colour(k)
        marker = nth_marker(k) if epochs <= FEW else ""
        title = f"{label} (mean of {len(seeds)} seeds)" if len(seeds) > 1 else label
        lines += ax.plot(x, values.mean(0), color=colour, marker=marker, label=title)
        ax.fill_between(x, values.min(0), values.max(0), color=colour, alpha=0.2, linewidth=0)
    format_epoch_axis(ax)
    ax.set_ylabel(metric)
    ax.grid()
    legend_below(figure, lines)
    return figure


@in_style
def plot_learning_curves(
    curves: Mapping[str, Mapping[str, Mapping[int, float]]], best: tuple[str, int] | None = None
) -> Figure:
    """Draw the metrics of a run below each other: metric -> split -> epoch -> value.

    best: label and epoch of a dotted line.
    """
    figure = new_figure(1.7 * len(curves) + 1.1)
    axes = figure.subplots(len(curves), 1, sharex=True, squeeze=False)[:, 0]
    colours = {
        split: nth_colour(k) for k, split in enumerate(dict.fromkeys(s for splits in curves.values() for s in splits))
    }
    lines = {}
    for ax, (metric, splits) in zip(axes, curves.items(), strict=True):
        for split, values in splits.items():
            marker = "o" if len(values) <= FEW else ""
            x, y = list(values), list(values.values())
            (lines[split],) = ax.plot(x, y, color=colours[split], marker=marker, markersize=3, label=split)
        if best is not None:
            lines["best"] = ax.axvline(best[1], color=GREY, linestyle=":", label=f"{best[0]}: epoch {best[1]}")
        ax.set_ylabel(metric)
        ax.grid()
        if all(needs_log_scale(list(values.values())) for values in splits.values()):
            ax.set_yscale("log")
    format_epoch_axis(axes[-1])
    figure.suptitle("learning curves")
    legend_below(figure, list(lines.values()), columns=3)
    return figure


def stack_seeds(seeds: Sequence[Sequence[float]]) -> np.ma.MaskedArray:
    """Return the values of S seeds as a masked array (S, E); masked where they are not finite, and after their end."""
    epochs = max(map(len, seeds))
    return np.ma.masked_invalid([[*seed, *[np.nan] * (epochs - len(seed))] for seed in seeds])


def needs_log_scale(values: Sequence[float]) -> bool:
    """Return whether values are positive and decrease so much that a linear scale would hide the last ones."""
    return min(values) > 0 and values[0] > RATIO * values[-1]


def format_epoch_axis(ax: Axes) -> None:
    """Label the x axis with whole epochs."""
    low, high = ax.get_xlim()
    if high - low < 1:  # a single epoch
        ax.set_xlim(low - 1, high + 1)
    ax.xaxis.set_major_locator(MaxNLocator(8, integer=True))
    ax.set_xlabel("epoch")
