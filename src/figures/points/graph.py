"""Maps of the nodes of a graph in the plane.

Shapes: N nodes, M edges.
"""

from collections.abc import Mapping, Sequence

from matplotlib.artist import Artist
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from torch import Tensor

from ..style import GREY, hide_ticks, in_style, legend_below, new_figure
from .maps import plot_map


@in_style
def plot_graph(
    maps: Mapping[str, Tensor], edges: Tensor, target: Tensor | None = None, labels: Sequence[str] = ()
) -> Figure:
    """Draw maps (N, 2) of the same nodes side by side, with their titles and the edges between the nodes.

    edges: int64 (M, 2), the numbers of two nodes each; target, labels: classes (N,) and their names, see `plot_maps`.
    """
    figure = new_figure(3.0)
    dots: list[Artist] = []
    for ax, (title, points) in zip(figure.subplots(1, len(maps), squeeze=False).flat, maps.items(), strict=True):
        width = 0.5 if len(edges) < 500 else 0.2
        ax.add_collection(LineCollection(points[edges].tolist(), colors=GREY, linewidths=width, alpha=0.5, zorder=0))
        dots = plot_map(ax, points, target, labels)
        hide_ticks(ax)
        ax.set_title(title)
    if len(dots) > 1:
        legend_below(figure, dots, columns=4, markers=1.5)
    return figure
