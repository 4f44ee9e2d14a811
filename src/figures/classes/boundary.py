"""Decision regions of a classifier in the plane.

Shapes: N points, R grid points along each axis.
"""

from collections.abc import Sequence

import torch
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from torch import Tensor

from ..style import class_name, in_style, legend_below, new_figure, nth_colour, nth_marker

MAX_CLASSES = 25  # that fit into a legend; drawing time grows with the square of their number
DEFAULT_AXES = ("input 1", "input 2")


def grid(points: Tensor, resolution: int = 200) -> Tensor:
    """Return a grid of positions (R, R, 2) that covers `points` (N, 2) with a margin; y grows with the row."""
    low, high = points.min(0).values, points.max(0).values
    margin = 0.15 * (high - low).clamp(min=1e-3)
    xs, ys = (torch.linspace(float(a), float(b), resolution) for a, b in zip(low - margin, high + margin, strict=True))
    return torch.stack(torch.meshgrid(xs, ys, indexing="xy"), dim=-1)


@in_style
def plot_boundary(
    points: Tensor,
    true: Tensor,
    positions: Tensor,
    predicted: Tensor,
    num_classes: int,
    labels: Sequence[str] = (),
    axes: Sequence[str] = DEFAULT_AXES,
) -> Figure:
    """Draw predicted classes (R, R) at the positions (R, R, 2) of a `grid`, and points (N, 2) with true classes (N,).

    axes: names of the two features.
    """
    figure = new_figure(4.3)
    ax = figure.subplots()
    dots = plot_regions(ax, points, true, positions, predicted, num_classes, labels)
    ax.set_xlabel(axes[0])
    ax.set_ylabel(axes[1])
    figure.suptitle("decision regions")
    legend_below(figure, dots, columns=4, title="true class (region: predicted class)")
    return figure


def plot_regions(
    ax: Axes,
    points: Tensor,
    true: Tensor,
    positions: Tensor,
    predicted: Tensor,
    num_classes: int,
    labels: Sequence[str] = (),
    size: float = 24,
) -> list[Artist]:
    """Draw decision regions and points into axes, and return the points of each class. size: in square points."""
    colours = [nth_colour(k) for k in range(num_classes)]
    left, bottom = positions[0, 0].tolist()
    right, top = positions[-1, -1].tolist()
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
                marker=nth_marker(k),
                edgecolors="white",
                linewidths=0.5,
                label=class_name(k, labels),
            )
        )
    ax.set_xlim(left, right)
    ax.set_ylim(bottom, top)
    return dots
