"""Updates of a linear classifier of two features, one by one.

Shapes: N points.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..style import GREY, VERMILION, class_name, hide_ticks, in_style, legend_below, new_figure, nth_colour, nth_marker

FEW = 50  # points, which are drawn larger
PANEL = 2.2  # width of a panel in inches
MARGIN = 0.3  # around the points, in parts of their range
ARROW = 0.22  # length of the normal vector, in parts of the width


@dataclass(frozen=True)
class Line:
    """The boundary w . x + b = 0, of which w points to the second class."""

    w: np.ndarray
    b: float

    def ends(self, low: np.ndarray, high: np.ndarray) -> np.ndarray | None:
        """Return two points of the line beyond a rectangle, or None if w is 0."""
        norm = float(np.linalg.norm(self.w))
        if not norm:
            return None
        centre = (low + high) / 2
        foot = centre - (self.w @ centre + self.b) / norm**2 * self.w
        along = np.array([-self.w[1], self.w[0]]) / norm
        length = 2 * float(np.linalg.norm(high - low))
        return np.stack([foot - length * along, foot, foot + length * along])


@dataclass(frozen=True)
class Update:
    """A step that changes the weights: its title, the example, and the boundary before and after it."""

    title: str
    point: np.ndarray
    before: Line
    after: Line


@in_style
def plot_updates(
    points: np.ndarray, classes: np.ndarray, updates: Sequence[Update], title: str, labels: Sequence[str] = ()
) -> Figure:
    """Draw each update in a panel: points (N, 2) with classes (N,), the example, and the boundary before and after."""
    if len(updates) == 1:
        figure = new_figure(4.3)
        axes = [figure.subplots()]
    else:
        columns = min(len(updates), 3)
        rows = ceil(len(updates) / columns)
        figure = new_figure(0.9 + 2.45 * rows, 0.2 + PANEL * columns)
        axes = list(figure.subplots(rows, columns, squeeze=False).flat)
        for spare in axes[len(updates) :]:
            spare.remove()
    size = 90 if len(updates) == 1 else 40 if len(points) <= FEW else 9
    for ax, update in zip(axes, updates, strict=False):
        keys = draw_update(ax, points, classes, update, size, labels)
    figure.suptitle(title)
    legend_below(figure, keys, columns=3, markers=0.6 if len(updates) == 1 else 1)
    return figure


def draw_update(
    ax: Axes, points: np.ndarray, classes: np.ndarray, update: Update, size: float, labels: Sequence[str]
) -> list[Artist]:
    """Draw an update into axes; return the keys of the legend."""
    low, high = points.min(0), points.max(0)
    margin = MARGIN * max(float((high - low).max()), 1e-3)
    centre, half = (low + high) / 2, (high - low).max() / 2 + margin
    low, high = centre - half, centre + half  # a square, in which w is perpendicular to the boundary
    ax.set_xlim(low[0], high[0])
    ax.set_ylim(low[1], high[1])
    ax.set_aspect("equal")
    keys: list[Artist] = []
    for k in range(int(classes.max()) + 1):
        these = points[classes == k]
        keys.append(
            ax.scatter(
                these[:, 0],
                these[:, 1],
                s=size,
                color=nth_colour(k),
                marker=nth_marker(k),
                edgecolors="white",
                linewidths=0.5,
                label=class_name(k, labels),
                zorder=3,
            )
        )
    keys.append(
        ax.scatter(
            update.point[0],
            update.point[1],
            s=4 * size,
            facecolors="none",
            edgecolors="black",
            linewidths=1.5,
            label="example",
            zorder=4,
        )
    )
    for line, colour, style, label in (
        (update.before, GREY, "--", "boundary before"),
        (update.after, "black", "-", "boundary after"),
    ):
        ends = line.ends(low, high)
        keys += ax.plot(*([], []) if ends is None else ends.T, color=colour, linestyle=style, label=label)
    ends = update.after.ends(low, high)
    if ends is not None:
        w = update.after.w / np.linalg.norm(update.after.w)
        foot = np.clip(ends[1], low + half / 4, high - half / 4)
        foot = foot - (w @ foot - w @ ends[1]) * w  # back on the line
        tip = foot + 2 * half * ARROW * w
        ax.annotate("", tip, foot, arrowprops={"arrowstyle": "-|>", "color": VERMILION, "linewidth": 1.8}, zorder=5)
    keys += ax.plot([], [], color=VERMILION, marker=">", markevery=[0], linewidth=1.8, label="weights w after")
    hide_ticks(ax)
    ax.set_title(update.title)
    return keys
