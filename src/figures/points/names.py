"""A map of named points in the plane.

Shapes: N points.
"""

from collections.abc import Sequence

from matplotlib.figure import Figure
from torch import Tensor

from ..fonts import display_label
from ..style import SMALL, hide_ticks, in_style, new_figure


@in_style
def plot_names(points: Tensor, names: Sequence[str]) -> Figure:
    """Draw the names of points (N, 2) at their places."""
    figure = new_figure(7.0)
    ax = figure.subplots()
    low, high = points.min(0).values, points.max(0).values
    margin = 0.08 * (high - low)
    ax.set_xlim(float(low[0] - margin[0]), float(high[0] + margin[0]))
    ax.set_ylim(float(low[1] - margin[1]), float(high[1] + margin[1]))
    for (x, y), name in zip(points.tolist(), names, strict=True):
        ax.text(x, y, display_label(name), fontsize=SMALL, ha="center", va="center", clip_on=True)
    hide_ticks(ax)
    return figure
