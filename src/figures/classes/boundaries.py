"""How decision regions change in training.

Shapes: N points, R points of the grid along each axis.
"""

from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure
from torch import Tensor

from ..style import hide_ticks, in_style, legend_below, tiles
from .boundary import plot_regions

FEW = 50  # points, that are drawn larger


@in_style
def plot_boundaries(
    points: Tensor,
    true: Tensor,
    places: Tensor,
    predicted: Mapping[str, Tensor],
    num_classes: int,
    labels: Sequence[str] = (),
) -> Figure:
    """Draw a small picture for each time: named predictions (R, R) at the places of a `boundary.grid`.

    points: (N, 2) of true classes (N,); below the name stands how many of them are classified wrongly, as the
    prediction at the nearest place of the grid has it.
    """
    figure, axes = tiles(len(predicted), 3, height=1.65)
    spacing = places[1, 1] - places[0, 0]
    columns, rows = ((points - places[0, 0]) / spacing).round().long().clamp(0, len(places) - 1).unbind(1)
    size = 20 if len(points) <= FEW else 9
    for ax, (name, decisions) in zip(axes, predicted.items(), strict=True):
        dots = plot_regions(ax, points, true, places, decisions, num_classes, labels, size)
        hide_ticks(ax)
        wrong = int((decisions.cpu()[rows, columns] != true).sum())
        ax.set_title(f"{name}:\n≈ {wrong} of {len(true)} wrong")
    figure.suptitle("decision regions")
    legend_below(figure, dots, columns=4, title="true class (region: predicted class)", markers=1.6)
    return figure
