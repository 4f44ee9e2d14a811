"""Decision regions during training.

Shapes: N points, R grid points along each axis.
"""

from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure
from torch import Tensor

from ..style import hide_ticks, in_style, legend_below, subplot_grid
from .boundary import plot_regions

FEW = 50  # points, which are drawn larger


@in_style
def plot_boundaries(
    points: Tensor,
    true: Tensor,
    positions: Tensor,
    predicted: Mapping[str, Tensor],
    num_classes: int,
    labels: Sequence[str] = (),
) -> Figure:
    """Draw the decision regions of several epochs side by side: name -> predicted classes (R, R).

    positions: (R, R, 2) of `boundary.grid`; points: (N, 2) with true classes (N,). Below each name stands the number of
    wrong predictions, estimated at the grid points nearest to the points.
    """
    figure, axes = subplot_grid(len(predicted), 3, height=1.65)
    spacing = positions[1, 1] - positions[0, 0]
    columns, rows = ((points - positions[0, 0]) / spacing).round().long().clamp(0, len(positions) - 1).unbind(1)
    size = 20 if len(points) <= FEW else 9
    for ax, (name, classes) in zip(axes, predicted.items(), strict=True):
        dots = plot_regions(ax, points, true, positions, classes, num_classes, labels, size)
        hide_ticks(ax)
        wrong = int((classes.cpu()[rows, columns] != true).sum())
        ax.set_title(f"{name}:\n≈ {wrong} of {len(true)} wrong")
    figure.suptitle("decision regions")
    legend_below(figure, dots, columns=4, title="true class (region: predicted class)", markers=1.6)
    return figure
