"""What a classifier decides everywhere in the plane.

Shapes: N points, R points of the grid along each axis.
"""

from collections.abc import Sequence

import torch
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from torch import Tensor

from .style import COLOURS, MARKERS, name, sheet

CLASSES = 25  # as many have room in a legend; the time of more grows with their square


def grid(points: Tensor, resolution: int = 200) -> Tensor:
    """Return positions (R, R, 2) that cover `points` (N, 2) with a margin; rows go up the y axis."""
    low, high = points.min(0).values, points.max(0).values
    margin = 0.15 * (high - low).clamp(min=1e-3)
    xs, ys = (torch.linspace(float(a), float(b), resolution) for a, b in zip(low - margin, high + margin, strict=True))
    return torch.stack(torch.meshgrid(xs, ys, indexing="xy"), dim=-1)


def boundary(
    points: Tensor,
    true: Tensor,
    places: Tensor,
    decided: Tensor,
    num_classes: int,
    labels: Sequence[str] = (),
) -> Figure:
    """Draw the classes decided (R, R) at the places of a `grid`, under points (N, 2) of true classes (N,)."""
    figure = sheet(6, 5.2)
    ax = figure.subplots()
    regions(ax, points, true, places, decided, num_classes, labels)
    ax.set_xlabel("$x_1$")
    ax.set_ylabel("$x_2$")
    ax.set_title("decision regions", fontsize=11)
    ax.legend(title="true class", loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False)
    return figure


def regions(
    ax: Axes,
    points: Tensor,
    true: Tensor,
    places: Tensor,
    decided: Tensor,
    num_classes: int,
    labels: Sequence[str] = (),
    size: float = 32,
) -> None:
    """Draw decisions and points, of a size in square points, into axes."""
    colours = [COLOURS[k % len(COLOURS)] for k in range(num_classes)]
    left, bottom = places[0, 0].tolist()
    right, top = places[-1, -1].tolist()
    ax.imshow(
        decided.cpu().numpy(),
        origin="lower",
        extent=(left, right, bottom, top),
        cmap=ListedColormap(colours),
        vmin=0,
        vmax=num_classes - 1,
        alpha=0.3,
        aspect="auto",
        interpolation="nearest",
    )
    for k in range(num_classes):
        these = points[true == k].cpu()
        ax.scatter(
            these[:, 0],
            these[:, 1],
            s=size,
            color=colours[k],
            marker=MARKERS[k % len(MARKERS)],
            edgecolors="white",
            linewidths=0.6,
            label=name(k, labels),
        )
    ax.set_xlim(left, right)
    ax.set_ylim(bottom, top)
