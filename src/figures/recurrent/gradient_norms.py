"""Gradient norms by time step of several networks, before and after training.

Shapes: S seeds, T steps.
"""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ..style import in_style, legend_below, new_figure, nth_colour

WIDE = 6.6  # width in inches


@in_style
def plot_gradient_norms(norms: Mapping[str, Mapping[str, np.ndarray]], title: str) -> Figure:
    """Draw norms (S, T) in a panel for each moment, such as "before training": moment -> network -> norms.

    A line is the median over the seeds, a band from their minimum to their maximum. The scale is logarithmic, so that
    gradients that vanish at a constant rate are straight lines.
    """
    figure = new_figure(3.6, WIDE)
    axes = figure.subplots(1, len(norms), sharey=True, squeeze=False)[0]
    for ax, (moment, networks) in zip(axes, norms.items(), strict=True):
        curves = []
        for k, (name, values) in enumerate(networks.items()):
            positive = np.where(values > 0, values, np.nan)
            known = ~np.isnan(positive).all(0)
            steps = 1 + np.flatnonzero(known)
            colour = nth_colour(k)
            curves += ax.plot(steps, np.nanmedian(positive[:, known], 0), color=colour, linewidth=2, label=name)
            if len(values) > 1:
                low, high = np.nanmin(positive[:, known], 0), np.nanmax(positive[:, known], 0)
                ax.fill_between(steps, low, high, color=colour, alpha=0.2, linewidth=0)
        ax.set_yscale("log")
        ax.set_title(moment)
        ax.set_xlabel("time step t")
        ax.xaxis.set_major_locator(MaxNLocator(5, integer=True))
        ax.grid()
    axes[0].set_ylabel("norm of dL/dh$_t$")
    figure.suptitle(title)
    legend_below(figure, curves, columns=6)
    return figure
