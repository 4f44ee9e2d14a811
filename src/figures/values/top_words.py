"""Table of the words with the largest weights of each component of word counts.

Shapes: K components, V words.
"""

from collections.abc import Sequence

from matplotlib.figure import Figure
from torch import Tensor

from ..fonts import display_label, letters
from ..style import BLUE, GREY, SMALL, WRONG, in_style, new_figure

WIDTH = 54  # letters of a row
ROW = 0.19  # height of a line in inches
LEAST = 0.3  # words with a smaller weight, relative to the largest of the component, are not drawn


@in_style
def plot_top_words(weights: Tensor, words: Sequence[str], total: int) -> Figure:
    """Draw the words with the largest weights (K, V) of each component, and below them those with negative weights.

    total: number of components, for the title. Words are in the order of their absolute weights.
    """
    weights = weights.detach().float().cpu()
    lines: list[tuple[str, str, str]] = []
    for number, row in enumerate(weights, 1):
        largest = float(row.abs().max())
        positive, negative = (top_words(sign * row, words, LEAST * largest) for sign in (1, -1))
        lines += [(str(number), text, colour) for text, colour in ((positive, BLUE), (negative, WRONG)) if text]
    figure = new_figure(0.6 + ROW * len(lines))
    ax = figure.subplots()
    ax.set_axis_off()
    ax.set_xlim(-4, WIDTH)
    ax.set_ylim(len(lines) - 0.5, -0.5)
    for place, (component, text, colour) in enumerate(lines):
        if place == 0 or lines[place - 1][0] != component:
            ax.text(-1, place, component, ha="right", va="center", color=GREY, fontsize=SMALL)
        ax.text(0, place, text, va="center", color=colour, fontsize=SMALL)
    shown = "" if total == len(weights) else f", {len(weights)} of {total} components"
    negative_too = "; red: negative" if any(colour == WRONG for *_, colour in lines) else ""
    figure.suptitle(f"words with the largest weights{shown}{negative_too}")
    return figure


def top_words(weights: Tensor, words: Sequence[str], least: float) -> str:
    """Return the words with the largest weights (V,) that are above `least`, as many as fit into a row."""
    text = ""
    for place in weights.argsort(descending=True)[:WIDTH].tolist():
        word = display_label(words[place])
        longer = f"{text}, {word}" if text else word
        if weights[place] <= least or letters(longer) > WIDTH:
            break
        text = longer
    return text
