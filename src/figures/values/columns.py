"""Errors of the columns of a table.

Shapes: N examples, F columns.
"""

from collections.abc import Sequence

from matplotlib.figure import Figure
from torch import Tensor

from ..fonts import display_label
from ..style import BLUE, GREY, in_style, legend_below, new_figure

MOST = 30  # columns in a figure


@in_style
def plot_column_errors(errors: Tensor, names: Sequence[str]) -> Figure:
    """Draw the errors (F,) of named columns as bars, the largest first, at most 30.

    An error is relative to the variance of its column: 1 is the error of the column's mean.
    """
    order = errors.argsort(descending=True, stable=True)[:MOST]
    figure = new_figure(0.2 * len(order) + 1.3)
    ax = figure.subplots()
    ax.barh(range(len(order)), errors[order].numpy(), color=BLUE)
    line = ax.axvline(1, color=GREY, linestyle=":", label="mean of the column")
    ax.set_yticks(range(len(order)), [display_label(names[k]) for k in order.tolist()])
    ax.invert_yaxis()
    ax.set_xlabel("mean squared error / variance")
    shown = f", {len(order)} of {len(errors)} columns" if len(errors) > MOST else ""
    figure.suptitle(f"reconstruction error by column{shown}")
    legend_below(figure, [line])
    return figure
