"""Points and their reconstructions.

Shapes: N points.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.figure import Figure
from torch import Tensor

from ..classes.boundary import DEFAULT_AXES
from ..style import BLUE, GREY, VERMILION, in_style, legend_below, new_figure

ARROWS = 100  # maximum number


@in_style
def plot_arrows(
    points: Tensor, given: Tensor, output: Tensor, *, noisy: bool, axes: Sequence[str] = DEFAULT_AXES
) -> Figure:
    """Draw points of the plane (N, 2), and arrows from at most 100 inputs of the network (N, 2) to its outputs (N, 2).

    noisy: the inputs are the points with noise, else the points; axes: names of the two features.
    """
    figure = new_figure(4.4)
    ax = figure.subplots()
    given, output = given[:ARROWS], output[:ARROWS]
    dots = [ax.scatter(points[:, 0], points[:, 1], s=6, color=GREY, linewidths=0, label="points")]
    if noisy:
        dots.append(ax.scatter(given[:, 0], given[:, 1], s=10, color=VERMILION, linewidths=0, label="with noise"))
    dots.append(
        ax.scatter(output[:, 0], output[:, 1], s=10, color=BLUE, marker="s", linewidths=0, label="output", zorder=3)
    )
    ax.quiver(
        *given.T,
        *(output - given).T,
        angles="xy",
        scale_units="xy",
        scale=1,
        width=0.003,
        headwidth=5,
        color=BLUE,
        alpha=0.6,
    )
    ax.set(xlabel=axes[0], ylabel=axes[1])
    ax.autoscale_view()
    figure.suptitle(f"reconstruction of {'noisy ' * noisy}points")
    legend_below(figure, dots, columns=3)
    return figure


@in_style
def plot_clouds(clouds: Mapping[str, Tensor], colours: Tensor | None = None) -> Figure:
    """Draw named clouds of the same points in space (N, 3) side by side, from the same point of view.

    colours: a number for each point (N,).
    """
    figure = new_figure(2.6 if len(clouds) < 3 else 2.1)
    first = next(iter(clouds.values()))
    paint: dict[str, Any] = {"color": GREY} if colours is None else {"c": colours, "cmap": "viridis"}
    limits = [(float(values.min()), float(values.max())) for values in first.T]
    limits = [(low, high) if low < high else (low - 0.5, high + 0.5) for low, high in limits]
    for k, (title, points) in enumerate(clouds.items(), 1):
        ax: Any = figure.add_subplot(1, len(clouds), k, projection="3d")
        ax.scatter(*points.T, s=4, linewidths=0, alpha=1, **paint)
        ax.set(xlim=limits[0], ylim=limits[1], zlim=limits[2], title=title)
        ax.set_box_aspect(None, zoom=1.1)
        for axis in (ax.xaxis, ax.yaxis, ax.zaxis):
            axis.set_ticklabels([])
    figure.suptitle("reconstruction of points")
    return figure
