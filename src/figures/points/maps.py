"""Maps of examples in the plane.

Shapes: N examples.
"""

from collections.abc import Mapping, Sequence

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from ..fonts import LABEL, display_label
from ..style import COLOURS, GREY, class_name, hide_ticks, in_style, new_figure, nth_marker

MAP_COLOURS = (*COLOURS, "#882255", "#999933")  # ten, for digits
MAX_LEGEND = 25  # classes
ROWS = 12  # of a column of the legend


@in_style
def plot_maps(maps: Mapping[str, Tensor], target: Tensor | None = None, labels: Sequence[str] = ()) -> Figure:
    """Draw three maps (N, 2) of the same examples with their titles, and a legend in the fourth place.

    target: classes (N,), one colour and marker for each, or real numbers (N,), for a scale of colours; None: all points
    are grey, as with more than 25 classes. labels: names of the classes, or of the number.
    """
    figure = new_figure(5.2)
    *tiled, corner = figure.subplots(2, 2).flat
    corner.axis("off")
    dots: list[Artist] = []
    for ax, (title, points) in zip(tiled, maps.items(), strict=True):
        dots = plot_map(ax, points, target, labels)
        hide_ticks(ax)
        ax.set_title(title)
    if target is not None and target.is_floating_point():
        label = display_label(labels[0]) if labels else "target"
        figure.colorbar(dots[0], cax=corner.inset_axes((0.3, 0.05, 0.1, 0.9)), label=label)  # type: ignore[arg-type]
    elif len(dots) > 1:
        columns = legend_columns(len(dots))
        corner.legend(handles=dots, loc="center", ncols=columns, title="class", markerscale=1.5)
    return figure


def plot_map(ax: Axes, points: Tensor, target: Tensor | None, labels: Sequence[str]) -> list[Artist]:
    """Draw points (N, 2) into axes, and return those of each class, or all."""
    size = 4 if len(points) > 500 else 9
    x, y = points.T
    if target is not None and target.is_floating_point():
        return [ax.scatter(x, y, s=size, c=target, cmap="viridis", linewidths=0)]
    if target is None or len(present := target.unique().tolist()) > MAX_LEGEND:
        return [ax.scatter(x, y, s=size, color=GREY, linewidths=0)]
    width = LABEL // legend_columns(len(present)) - 1
    return [
        ax.scatter(
            x[target == k],
            y[target == k],
            s=size,
            color=MAP_COLOURS[k % len(MAP_COLOURS)],
            marker=nth_marker(k // len(MAP_COLOURS)),
            linewidths=0,
            label=class_name(k, labels, width),
        )
        for k in present
    ]


def legend_columns(classes: int) -> int:
    """Return the number of columns of a legend."""
    return -(-classes // ROWS)
