"""A metric over the epochs, for several networks and seeds.

Shapes: S seeds, E epochs.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from .style import COLOURS, MARKERS, sheet


def metric_curves(curves: Mapping[str, Sequence[Sequence[float]]], metric: str) -> Figure:
    """Draw the mean over the seeds of each named curve, and the band from their least to their largest value.

    Each curve is a list of S lists of values after 1, 2, ... E epochs; shorter ones simply end earlier.
    """
    figure = sheet(7, 4.5)
    ax = figure.subplots()
    for k, (label, seeds) in enumerate(curves.items()):
        epochs = max(map(len, seeds))
        values = np.ma.masked_invalid([[*seed, *[np.nan] * (epochs - len(seed))] for seed in seeds])  # (S, E)
        x = np.arange(1, epochs + 1)
        colour = COLOURS[k % len(COLOURS)]
        marker = MARKERS[k % len(MARKERS)] if epochs <= 50 else ""
        title = f"{label} (mean of {len(seeds)} seeds)" if len(seeds) > 1 else label
        ax.plot(x, values.mean(0), color=colour, marker=marker, markersize=5, linewidth=1.8, label=title)
        ax.fill_between(x, values.min(0), values.max(0), color=colour, alpha=0.2, linewidth=0)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set_xlabel("epoch")
    ax.set_ylabel(metric)
    ax.grid(color="#dddddd", linewidth=0.6)
    ax.spines[["top", "right"]].set_visible(False)
    ax.legend(frameon=False)
    return figure
