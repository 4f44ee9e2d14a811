"""A small network with the numbers of one example.

Shapes: I units of a layer, O of the next.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle

from ..style import BLUE, LARGE, SMALL, VERMILION, in_style, new_figure

RADIUS = 0.25  # of a unit; layers are GAP apart, units of a layer 1
GAP = 1.9
POSITIVE, NEGATIVE = BLUE, VERMILION
DARK = "#555555"  # notes
BOX = {"facecolor": "white", "edgecolor": "none", "pad": 0.8, "alpha": 0.85}  # behind text
PLACES = (0.34, 0.62)  # of the labels of connections, which alternate so that those that cross stay apart


@dataclass(frozen=True)
class Column:
    """A layer: its title, the text in each unit, and the text below it."""

    title: str
    units: Sequence[str]
    notes: Sequence[str]


@in_style
def plot_network(columns: Sequence[Column], weights: Sequence[np.ndarray], title: str) -> Figure:
    """Draw layers from left to right, and the connections between them with their weights (O, I).

    The width of a connection is its weight relative to the largest; blue is positive, orange negative.
    """
    most = max(len(column.units) for column in columns)
    figure = new_figure(0.7 + 0.95 * most, 1.2 + 1.65 * (len(columns) - 1))
    ax = figure.subplots()
    ax.set_axis_off()
    ax.set_aspect("equal")
    ax.set_xlim(-0.55, GAP * (len(columns) - 1) + 0.75)
    ax.set_ylim(most / 2 + 0.15, -most / 2)
    largest = max((float(np.abs(weight).max()) for weight in weights), default=0.0) or 1.0
    for k, weight in enumerate(weights):
        for (o, i), value in np.ndenumerate(weight):
            draw_connection(
                ax,
                position(k, i, len(columns[k].units)),
                position(k + 1, o, len(columns[k + 1].units)),
                float(value),
                0.5 + 3 * abs(value) / largest,
                PLACES[(o + i) % 2],
            )
    for k, column in enumerate(columns):
        ax.text(k * GAP, 0.12 - most / 2, column.title, ha="center", va="center")
        for unit, (text, note) in enumerate(zip(column.units, column.notes, strict=True)):
            x, y = position(k, unit, len(column.units))
            ax.add_patch(Circle((x, y), RADIUS, facecolor="white", edgecolor="black", zorder=3))
            ax.text(x, y, text, ha="center", va="center", fontsize=LARGE, zorder=4)
            ax.text(x, y + RADIUS + 0.06, note, ha="center", va="top", fontsize=SMALL, color=DARK, bbox=BOX, zorder=2)
    figure.suptitle(title)
    return figure


def position(column: int, unit: int, units: int) -> tuple[float, float]:
    """Return the centre of a unit; y points down."""
    return column * GAP, unit - (units - 1) / 2


def draw_connection(
    ax: Axes, start: tuple[float, float], end: tuple[float, float], weight: float, width: float, place: float
) -> None:
    """Draw a line between two units, with the weight at a place between 0 and 1 on it."""
    colour = POSITIVE if weight >= 0 else NEGATIVE
    ax.plot(*zip(start, end, strict=True), color=colour, linewidth=width, alpha=0.6, zorder=1, solid_capstyle="butt")
    x, y = (a + place * (b - a) for a, b in zip(start, end, strict=True))
    ax.text(x, y, f"{weight:.2f}", ha="center", va="center", fontsize=SMALL, color=colour, bbox=BOX, zorder=2)
