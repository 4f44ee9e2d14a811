"""Marks of the best trial, and of trials without a result at the edge of the axes."""

from collections.abc import Sequence
from typing import NamedTuple

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.container import ErrorbarContainer
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from ..style import BLUE, GREEN, GREY, ORANGE, PINK, SKY_BLUE, VERMILION, WRONG
from .objective import BEYOND, Objective
from .scale import FEW
from .trial import Result

BAND = 0.08  # height of the band at the edge as a fraction of the axes
BEST = VERMILION
BARS = "#9cc5de"  # error bars, a lighter BLUE


class Look(NamedTuple):
    """How a state is drawn. size: in points."""

    marker: str
    colour: str
    size: float = 5


LOOKS = {
    "pruned": Look("|", "#444444", 7),
    "diverged": Look("D", ORANGE, 4),
    "failed": Look("x", WRONG),
    "running": Look("o", SKY_BLUE),
    "no value": Look("_", PINK, 7),
    BEYOND: Look("^", GREEN),
}
UNKNOWN = Look("s", GREY)  # of any other state


def draw_band(ax: Axes, objective: Objective, states: Sequence[tuple[float, str]]) -> dict[str, Artist]:
    """Draw x coordinates with their states into a band at the edge where the worst values are. Return the marks.

    The band is empty if only the other axes of the figure have marks in it, and missing if no trial needs it.
    """
    if not objective.others:
        return {}
    bottom = 0.0 if objective.mode == "max" else 1 - BAND
    ax.add_patch(Rectangle((0, bottom), 1, BAND, transform=ax.transAxes, color="#eeeeee", linewidth=0, zorder=0.5))
    marks: dict[str, Artist] = {}
    for name in dict.fromkeys(name for _, name in states):
        marker, colour, size = LOOKS.get(name, UNKNOWN)
        if name == BEYOND and objective.mode == "max":
            marker = "v"
        x = [place for place, other in states if other == name]
        (marks[name],) = ax.plot(
            x,
            [bottom + BAND / 2] * len(x),
            marker=marker,
            color=colour,
            markersize=size,
            linestyle="",
            transform=ax.get_xaxis_transform(),
            label=name,
            zorder=3,
        )
    return marks


def draw_results(ax: Axes, x: Sequence[float], results: Sequence[Result], *, size: float) -> ErrorbarContainer:
    """Draw points with their standard deviations, strong ones if there are few. size: in points."""
    few = len(results) <= FEW
    return ax.errorbar(
        x,
        [result.value for result in results],
        [result.sd for result in results],
        fmt="o",
        color=BLUE,
        ecolor=BLUE if few else BARS,
        elinewidth=1,
        capsize=3 if few else 0,
        markersize=size,
        label="trial, ± sd" if any(result.sd for result in results) else "trial",
    )


def draw_best(ax: Axes, x: float, y: float) -> Line2D:
    """Draw the mark of the best trial."""
    (mark,) = ax.plot(
        x, y, marker="*", color=BEST, markersize=11, markeredgecolor="white", linestyle="", label="best", zorder=5
    )
    return mark
