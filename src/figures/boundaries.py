"""How decision regions change in training.

Shapes: N points, R points of the grid along each axis.
"""

from collections.abc import Mapping

from matplotlib.figure import Figure
from torch import Tensor

from .boundary import regions
from .style import bare, tiles


def boundaries(points: Tensor, true: Tensor, places: Tensor, decided: Mapping[str, Tensor], num_classes: int) -> Figure:
    """Draw a small picture for each time: named decisions (R, R) at the places of a `boundary.grid`.

    points: (N, 2) of true classes (N,); beside the name stands how many of them are classified wrongly, as the decision
    at the nearest place of the grid has it.
    """
    figure, axes = tiles(len(decided), size=1.9)
    spacing = places[1, 1] - places[0, 0]
    columns, rows = ((points - places[0, 0]) / spacing).round().long().clamp(0, len(places) - 1).unbind(1)
    for ax, (name, decisions) in zip(axes, decided.items(), strict=True):
        regions(ax, points, true, places, decisions, num_classes, size=12)
        bare(ax)
        wrong = int((decisions.cpu()[rows, columns] != true).sum())
        ax.set_title(f"{name}: ≈ {wrong} wrong", fontsize=9)
    return figure
