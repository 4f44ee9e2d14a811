"""The style that all figures share: one rc context, sizes for the cards of TensorBoard, and colours for everybody.

TensorBoard shows an image about 450 pixels wide. Figures are 4.5 inches wide at 100 dots an inch, so that text of 8
points is 11 pixels high there.
"""

from collections.abc import Callable, Sequence
from functools import wraps
from itertools import pairwise
from math import ceil
from typing import Any, ParamSpec

from cycler import cycler
from matplotlib import rc_context
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backend_bases import RendererBase
from matplotlib.container import Container
from matplotlib.figure import Figure

from .fonts import LABEL, shown

P = ParamSpec("P")

WIDTH = 4.5  # inches, of most figures
TALLEST = 10  # inches
DPI = 100
ROW, KEY = 70, 8  # letters in a row of a legend, and as many as the sign beside a label is wide
# Okabe and Ito's colours, safe for colour-blind readers; RIGHT and WRONG also differ in lightness
COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442", "#000000")
MARKERS = "osD^vP*X"
RIGHT, WRONG = "#333333", "#D00000"
GREY = "#888888"  # of lines to compare with
SMALL, LARGE = 8, 10  # points; nothing is smaller than SMALL unless there is no room for it

RC: Any = {  # its type names every key that Matplotlib has
    "figure.dpi": DPI,
    "savefig.dpi": "figure",
    "font.size": 9,
    "figure.titlesize": LARGE,
    "axes.titlesize": 9,
    "axes.labelsize": 9,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "legend.fontsize": SMALL,
    "legend.title_fontsize": SMALL,
    "legend.frameon": False,
    "axes.prop_cycle": cycler(color=COLOURS),
    "axes.spines.top": False,
    "axes.spines.right": False,
    "grid.color": "#dddddd",
    "grid.linewidth": 0.6,
    "lines.linewidth": 1.5,
    "lines.markersize": 4,
    "image.interpolation": "nearest",
}


def in_style(plot: Callable[P, Figure]) -> Callable[P, Figure]:
    """Let a function draw in this style, whatever is set outside."""

    @wraps(plot)
    def styled(*args: P.args, **kwargs: P.kwargs) -> Figure:
        with rc_context(RC):
            return plot(*args, **kwargs)

    return styled


class StyledFigure(Figure):
    """A figure that keeps the style when it is rendered, where Matplotlib makes the ticks."""

    def draw(self, renderer: RendererBase) -> None:
        """Render it."""
        with rc_context(RC):
            super().draw(renderer)


def new_figure(height: float, width: float = WIDTH) -> Figure:
    """Return an empty figure of a size in inches, at most 10 high."""
    return StyledFigure(figsize=(width, min(height, TALLEST)), dpi=DPI, layout="constrained")


def tiles(n: int, columns: int, *, height: float) -> tuple[Figure, list[Axes]]:
    """Return a figure with `n` axes in rows of at most `columns`, each row `height` inches high."""
    columns = max(1, min(n, columns))
    rows = ceil(n / columns)
    figure = new_figure(rows * height + 0.5)
    axes = list(figure.subplots(rows, columns, squeeze=False).flat)
    for spare in axes[n:]:
        spare.remove()
    return figure, axes[:n]


def legend_below(
    figure: Figure,
    handles: Sequence[Artist | Container],
    *,
    columns: int = 2,
    title: str | None = None,
    markers: float = 1,
) -> None:
    """Explain artists below all axes, where no line is covered, in as many columns as have room.

    markers: how many times as large they are there.
    """
    lengths = [len(str(handle.get_label())) + KEY for handle in handles]
    while columns > 1 and sum(map(max, filter(None, split(lengths, columns)))) > ROW:
        columns -= 1
    figure.legend(handles=list(handles), loc="outside lower center", ncols=columns, title=title, markerscale=markers)


def split(values: Sequence[int], columns: int) -> list[Sequence[int]]:
    """Return values in columns, one after the other, as a legend fills them."""
    each, more = divmod(len(values), columns)
    ends = [each * k + min(k, more) for k in range(columns + 1)]
    return [values[begin:end] for begin, end in pairwise(ends)]


def add_source(figure: Figure, source: str) -> None:
    """Add to the title a line that says what was drawn: the split, and whose weights."""
    with rc_context(RC):
        figure.suptitle(f"{figure.get_suptitle()}\n{source}".strip())


def hide_ticks(ax: Axes) -> None:
    """Take the ticks away, for an image."""
    ax.set_xticks([])
    ax.set_yticks([])
    ax.spines[:].set_visible(True)


def name(place: int, labels: Sequence[str], width: int = LABEL) -> str:
    """Return the label of a class, at most so many letters, or its number where it has none."""
    return shown(labels[place], width) if place < len(labels) else str(place)
