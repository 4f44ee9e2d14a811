"""Table of input, target and predicted sequences."""

from collections.abc import Sequence
from typing import NamedTuple

from matplotlib.figure import Figure

from ..fonts import display_label
from ..style import RIGHT, SMALL, WRONG, in_style, new_figure

HEADINGS = ("input", "target", "prediction")
MAX_LETTERS = 22  # of a sequence in a column
ROW = 0.19  # height of a row in inches


class SequenceRow(NamedTuple):
    """An input sequence with its target and its prediction."""

    input: str
    target: str
    prediction: str


@in_style
def plot_sequences(rows: Sequence[SequenceRow], wrong: int, total: int) -> Figure:
    """Draw a table of examples with wrong predictions in red. wrong, total: numbers of examples for the title."""
    figure = new_figure(0.7 + ROW * (len(rows) + 1))
    ax = figure.subplots()
    ax.set_axis_off()
    ax.set_xlim(0, len(HEADINGS))
    ax.set_ylim(len(rows) + 0.5, -0.5)
    for column, heading in enumerate(HEADINGS):
        ax.text(column, 0, heading, va="center", fontweight="bold", fontsize=SMALL)
    for index, row in enumerate(rows, 1):
        for column, text in enumerate(row):
            is_wrong = column == len(row) - 1 and row.prediction != row.target
            colour = WRONG if is_wrong else RIGHT
            ax.text(column, index, display_label(text, MAX_LETTERS), va="center", color=colour, fontsize=SMALL)
    figure.suptitle(f"sequences: {wrong} of {total} wrong")
    return figure
