"""What the figures share: colours told apart by everybody, and no global state of the plotting library."""

from collections.abc import Sequence
from math import ceil, sqrt

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .fonts import shown

# Okabe and Ito's colours, safe for colour-blind readers; RIGHT and WRONG also differ in lightness
COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442", "#000000")
MARKERS = "osD^vP*X"
RIGHT, WRONG = "#333333", "#D00000"


def sheet(width: float, height: float) -> Figure:
    """Return an empty figure of a size in inches, at most 10 by 10, drawn at 100 pixels an inch."""
    return Figure(figsize=(min(width, 10), min(height, 10)), dpi=100, layout="constrained")


def tiles(n: int, *, size: float) -> tuple[Figure, list[Axes]]:
    """Return a figure with `n` square axes, `size` inches each, laid out as near to a square as can be."""
    columns = ceil(sqrt(n))
    rows = ceil(n / columns)
    figure = sheet(columns * size, rows * size + 0.4)
    axes = list(figure.subplots(rows, columns, squeeze=False).flat)
    for spare in axes[n:]:
        spare.remove()
    return figure, axes[:n]


def bare(ax: Axes) -> None:
    """Take the ticks away, for an image."""
    ax.set_xticks([])
    ax.set_yticks([])


def name(place: int, labels: Sequence[str]) -> str:
    """Return the label of a class, or its number where there are no labels."""
    return shown(labels[place]) if labels else str(place)
