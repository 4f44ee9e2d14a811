"""The common style of all figures: one rc context, sizes for the cards of TensorBoard, and colours.

TensorBoard shows an image about 450 pixels wide. Figures are 4.5 inches wide at 100 dots an inch, so that text of 8
points is 11 pixels high there.
"""

import io
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

from .fonts import LABEL, display_label

P = ParamSpec("P")

WIDTH = 4.5  # inches, of most figures
TALLEST = 10  # inches
DPI = 100
ROW, KEY = 70, 8  # width of a legend row and of a legend key, in letters
# Okabe and Ito's colours, safe for colour-blind readers; RIGHT and WRONG also differ in lightness
COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442", "#000000")
BLUE, ORANGE, GREEN, PINK, SKY_BLUE, VERMILION, YELLOW, BLACK = COLOURS
MARKERS = "osD^vP*X"
RIGHT, WRONG = "#333333", "#D00000"
GREY = "#888888"  # reference lines
SMALL, LARGE = 8, 10  # font sizes in points; text is smaller than SMALL only if it does not fit

RC: Any = {  # Any: Matplotlib's type lists every key
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
    """Decorate a function to draw in this style, whatever rcParams are set."""

    @wraps(plot)
    def styled(*args: P.args, **kwargs: P.kwargs) -> Figure:
        with rc_context(RC):
            return plot(*args, **kwargs)

    return styled


class StyledFigure(Figure):
    """A figure that is also rendered in this style, since Matplotlib creates ticks while rendering."""

    def draw(self, renderer: RendererBase) -> None:
        """Render the figure."""
        with rc_context(RC):
            super().draw(renderer)

    def _repr_png_(self) -> bytes:
        """Show the figure in a notebook, whatever backend is set."""
        file = io.BytesIO()
        self.savefig(file, format="png")
        return file.getvalue()


def new_figure(height: float, width: float = WIDTH) -> Figure:
    """Return an empty figure. height, width: in inches; the height is limited to 10."""
    return StyledFigure(figsize=(width, min(height, TALLEST)), dpi=DPI, layout="constrained")


def subplot_grid(n: int, columns: int, *, height: float, sharey: bool = False) -> tuple[Figure, list[Axes]]:
    """Return a figure and its `n` axes, in rows of at most `columns`.

    height: of a row in inches; sharey: whether all have the same y axis.
    """
    columns = max(1, min(n, columns))
    rows = ceil(n / columns)
    figure = new_figure(rows * height + 0.5)
    axes = list(figure.subplots(rows, columns, sharey=sharey, squeeze=False).flat)
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
    """Add a legend below all axes, in as many columns as fit, at most `columns`.

    markers: scale of the markers in the legend.
    """
    lengths = [len(str(handle.get_label())) + KEY for handle in handles]
    while columns > 1 and sum(map(max, filter(None, split_columns(lengths, columns)))) > ROW:
        columns -= 1
    figure.legend(handles=list(handles), loc="outside lower center", ncols=columns, title=title, markerscale=markers)


def split_columns(values: Sequence[int], columns: int) -> list[Sequence[int]]:
    """Return values split into columns in the order in which a legend fills them."""
    each, more = divmod(len(values), columns)
    ends = [each * k + min(k, more) for k in range(columns + 1)]
    return [values[begin:end] for begin, end in pairwise(ends)]


def add_source(figure: Figure, source: str) -> None:
    """Add a line to the title with the source of the data: the split and the weights."""
    with rc_context(RC):
        figure.suptitle(f"{figure.get_suptitle()}\n{source}".strip())


def hide_ticks(ax: Axes) -> None:
    """Hide the ticks of an image."""
    ax.set_xticks([])
    ax.set_yticks([])
    ax.spines[:].set_visible(True)


def nth_colour(k: int) -> str:
    """Return the colour of the k-th line, bar or class, counted from 0; the colours repeat."""
    return COLOURS[k % len(COLOURS)]


def nth_marker(k: int) -> str:
    """Return the marker of the k-th line or class, counted from 0; the markers repeat."""
    return MARKERS[k % len(MARKERS)]


def class_name(index: int, labels: Sequence[str], width: int = LABEL) -> str:
    """Return the label of a class, cut to `width` letters, or its index if it has none."""
    return display_label(labels[index], width) if index < len(labels) else str(index)
