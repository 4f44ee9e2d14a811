"""What a classifier predicts everywhere in the plane.

Shapes: N points, R points of the grid along each axis.
"""

from collections.abc import Sequence

import torch
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from torch import Tensor

from ..style import COLOURS, MARKERS, in_style, legend_below, name, new_figure

CLASSES = 25  # as many have room in a legend; the time of more grows with their square
AXES = ("input 1", "input 2")


def grid(points: Tensor, resolution: int = 200) -> Tensor:
    """Return positions (R, R, 2) that cover `points` (N, 2) with a margin; rows go up the y axis."""
    low, high = points.min(0).values, points.max(0).values
    margin = 0.15 * (high - low).clamp(min=1e-3)
    xs, ys = (torch.linspace(float(a), float(b), resolution) for a, b in zip(low - margin, high + margin, strict=True))
    return torch.stack(torch.meshgrid(xs, ys, indexing="xy"), dim=-1)


@in_style
def plot_boundary(
    points: Tensor,
    true: Tensor,
    places: Tensor,
    predicted: Tensor,
    num_classes: int,
    labels: Sequence[str] = (),
    axes: Sequence[str] = AXES,
) -> Figure:
    """Draw the classes predicted (R, R) at the places of a `grid`, under points (N, 2) of true classes (N,).

    axes: names of the two inputs.
    """
    figure = new_figure(4.3)
    ax = figure.subplots()
    dots = plot_regions(ax, points, true, places, predicted, num_classes, labels)
    ax.set_xlabel(axes[0])
    ax.set_ylabel(axes[1])
    figure.suptitle("decision regions")
    legend_below(figure, dots, columns=4, title="true class (region: predicted class)")
    return figure


def plot_regions(
    ax: Axes,
    points: Tensor,
    true: Tensor,
    places: Tensor,
    predicted: Tensor,
    num_classes: int,
    labels: Sequence[str] = (),
    size: float = 24,
) -> list[Artist]:
    """Draw predictions and points, of a size in square points, into axes; return the points of each class."""
    colours = [COLOURS[k % len(COLOURS)] for k in range(num_classes)]
    left, bottom = places[0, 0].tolist()
    right, top = places[-1, -1].tolist()
    ax.imshow(
        predicted.cpu().numpy(),
        origin="lower",
        extent=(left, right, bottom, top),
        cmap=ListedColormap(colours),
        vmin=0,
        vmax=max(num_classes - 1, 1),
        alpha=0.3,
        aspect="auto",
    )
    dots: list[Artist] = []
    for k in range(num_classes):
        these = points[true == k].cpu()
        dots.append(
            ax.scatter(
                these[:, 0],
                these[:, 1],
                s=size,
                color=colours[k],
                marker=MARKERS[k % len(MARKERS)],
                edgecolors="white",
                linewidths=0.5,
                label=name(k, labels),
            )
        )
    ax.set_xlim(left, right)
    ax.set_ylim(bottom, top)
    return dots
