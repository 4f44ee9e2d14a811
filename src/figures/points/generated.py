"""Generated points in the plane beside real ones.

Shapes: N real and M generated points, R points of a grid along each axis.
"""

from collections.abc import Mapping, Sequence

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from ..classes.boundary import AXES, grid
from ..style import COLOURS, MARKERS, hide_ticks, in_style, legend_below, new_figure, tiles

REAL, MADE = COLOURS[0], COLOURS[5]


@in_style
def plot_points(
    real: Tensor, generated: Tensor, places: Tensor, probability: Tensor, axes: Sequence[str] = AXES
) -> Figure:
    """Draw real points (N, 2) and generated ones (M, 2) over the discriminator's probability that a point is real.

    probability: (R, R) at the places (R, R, 2) of a `boundary.grid`, which are the limits; axes: names of both numbers.
    """
    figure = new_figure(4.4)
    ax = figure.subplots()
    left, bottom = places[0, 0].tolist()
    right, top = places[-1, -1].tolist()
    image = ax.imshow(
        probability.numpy(),
        origin="lower",
        extent=(left, right, bottom, top),
        cmap="Greys_r",
        vmin=0,
        vmax=1,
        alpha=0.5,
        aspect="auto",
    )
    figure.colorbar(image, ax=ax, label="discriminator: probability of real")
    dots = plot_both(ax, real, generated, 8)
    ax.set(xlim=(left, right), ylim=(bottom, top), xlabel=axes[0], ylabel=axes[1])
    inside = ((generated >= places[0, 0]) & (generated <= places[-1, -1])).all(1)
    beyond = int((~inside).sum())
    figure.suptitle("real and generated points" + (f", {beyond} of {len(generated)} out of sight" if beyond else ""))
    legend_below(figure, dots)
    return figure


@in_style
def plot_generated(real: Tensor, generated: Mapping[str, Tensor]) -> Figure:
    """Draw a small picture for each time: named generated points (M, 2) over the same real ones (N, 2).

    The limits are those of the real points.
    """
    figure, tiled = tiles(len(generated), 3, height=1.65)
    corners = grid(real, 2)
    for ax, (name, points) in zip(tiled, generated.items(), strict=True):
        dots = plot_both(ax, real, points, 3)
        hide_ticks(ax)
        (left, bottom), (right, top) = corners[0, 0].tolist(), corners[-1, -1].tolist()
        ax.set(xlim=(left, right), ylim=(bottom, top), title=name)
    figure.suptitle("generated points")
    legend_below(figure, dots)
    return figure


def plot_both(ax: Axes, real: Tensor, generated: Tensor, size: float) -> list[Artist]:
    """Draw real and generated points, of a size in square points; return them."""
    kinds = (("real points", real, REAL), ("generated points", generated, MADE))
    return [
        ax.scatter(x[:, 0], x[:, 1], s=size, color=colour, marker=marker, alpha=0.7, linewidths=0, label=label)
        for (label, x, colour), marker in zip(kinds, MARKERS, strict=False)
    ]
