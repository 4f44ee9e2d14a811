"""Real and generated points in the plane.

Shapes: N real and M generated points, R grid points along each axis.
"""

from collections.abc import Mapping, Sequence

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from ..classes.boundary import DEFAULT_AXES, grid
from ..style import BLUE, MARKERS, VERMILION, hide_ticks, in_style, legend_below, new_figure, subplot_grid

REAL_COLOUR, GENERATED_COLOUR = BLUE, VERMILION


@in_style
def plot_points(
    real: Tensor, generated: Tensor, positions: Tensor, probability: Tensor, axes: Sequence[str] = DEFAULT_AXES
) -> Figure:
    """Draw real points (N, 2) and generated points (M, 2) over the discriminator's probability that a point is real.

    probability: (R, R) at the positions (R, R, 2) of `boundary.grid`, which set the limits; axes: names of the axes.
    """
    figure = new_figure(4.4)
    ax = figure.subplots()
    left, bottom = positions[0, 0].tolist()
    right, top = positions[-1, -1].tolist()
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
    inside = ((generated >= positions[0, 0]) & (generated <= positions[-1, -1])).all(1)
    outside = int((~inside).sum())
    note = f", {outside} of {len(generated)} outside the limits" if outside else ""
    figure.suptitle(f"real and generated points{note}")
    legend_below(figure, dots)
    return figure


@in_style
def plot_generated(real: Tensor, generated: Mapping[str, Tensor]) -> Figure:
    """Draw generated points (M, 2) of several epochs side by side, each over the same real points (N, 2).

    The limits are those of the real points.
    """
    figure, tiled = subplot_grid(len(generated), 3, height=1.65)
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
    """Draw real and generated points into axes, and return them. size: in square points."""
    kinds = (("real points", real, REAL_COLOUR), ("generated points", generated, GENERATED_COLOUR))
    return [
        ax.scatter(x[:, 0], x[:, 1], s=size, color=colour, marker=marker, alpha=0.7, linewidths=0, label=label)
        for (label, x, colour), marker in zip(kinds, MARKERS, strict=False)
    ]
