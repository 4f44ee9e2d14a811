"""Sequences that a network has read and written, as a table."""

from collections.abc import Sequence
from typing import NamedTuple

from matplotlib.figure import Figure

from ..fonts import shown
from ..style import RIGHT, SMALL, WRONG, in_style, new_figure

HEADINGS = ("input", "target", "prediction")
LETTERS = 22  # of a sequence that have room in a column
ROW = 0.19  # inches


class Written(NamedTuple):
    """A sequence that was read, the one that was to be written, and the one that was."""

    read: str
    true: str
    predicted: str


@in_style
def plot_sequences(rows: Sequence[Written], wrong: int, total: int) -> Figure:
    """Write a table of examples, the wrong ones in red; of all `total` examples, so many are `wrong`."""
    figure = new_figure(0.7 + ROW * (len(rows) + 1))
    ax = figure.subplots()
    ax.set_axis_off()
    ax.set_xlim(0, len(HEADINGS))
    ax.set_ylim(len(rows) + 0.5, -0.5)
    for column, heading in enumerate(HEADINGS):
        ax.text(column, 0, heading, va="center", fontweight="bold", fontsize=SMALL)
    for place, row in enumerate(rows, 1):
        for column, text in enumerate(row):
            is_wrong = column == len(row) - 1 and row.predicted != row.true
            colour = WRONG if is_wrong else RIGHT
            ax.text(column, place, shown(text, LETTERS), va="center", color=colour, fontsize=SMALL)
    figure.suptitle(f"sequences: {wrong} of {total} wrong")
    return figure
