"""Recommendations of items to users beside the items that they have rated."""

from collections.abc import Sequence
from math import isnan
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ...formatting import format_number
from ..fonts import display_label
from ..style import GREY, SMALL, in_style, new_figure

LETTERS = 21  # of an item
ROW = 0.17  # inches
RATED, RATING, ITEM, PREDICTED, TRUE = 0.0, 0.46, 0.51, 0.92, 1.0  # places of the columns in the width of the figure


class UserList(NamedTuple):
    """The list of a user.

    name: of the user; rated: items of the training data with their ratings; recommended: items with the predicted and
    the true rating, NaN if it is unknown.
    """

    name: str
    rated: Sequence[tuple[str, float]]
    recommended: Sequence[tuple[str, float, float]]


@in_style
def plot_recommendations(lists: Sequence[UserList]) -> Figure:
    """Draw for each user the items rated highest in training, and the recommended items with their ratings."""
    rows = sum(1.5 + max(len(each.rated), len(each.recommended)) for each in lists) + 1
    figure = new_figure(0.6 + ROW * rows)
    ax = figure.subplots()
    ax.axis("off")
    ax.set_xlim(0, 1)
    ax.set_ylim(rows, 0)
    for place, align, text in (
        (RATED, "left", "rated highest in training"),
        (ITEM, "left", "recommended"),
        (PREDICTED, "right", "predicted"),
        (TRUE, "right", "true"),
    ):
        write(ax, place, 0.5, text, align, GREY)
    top = 1.0
    for each in lists:
        write(ax, RATED, top + 0.5, f"user {display_label(each.name)}", "left", weight="bold")
        for k, (item, rating) in enumerate(each.rated, 1):
            write(ax, RATED, top + k + 0.5, display_label(item, LETTERS), "left")
            write(ax, RATING, top + k + 0.5, format_number(rating), "right")
        for k, (item, predicted, true) in enumerate(each.recommended, 1):
            write(ax, ITEM, top + k + 0.5, display_label(item, LETTERS), "left")
            write(ax, PREDICTED, top + k + 0.5, f"{predicted:#.3g}".rstrip("."), "right")
            write(ax, TRUE, top + k + 0.5, "-" if isnan(true) else format_number(true), "right")
        top += 1.5 + max(len(each.rated), len(each.recommended))
    figure.suptitle("recommendations")
    return figure


def write(ax: Axes, x: float, y: float, text: str, align: str, color: str = "black", weight: str = "normal") -> None:
    """Write a cell of the table."""
    ax.text(x, y, text, ha=align, va="center", fontsize=SMALL, color=color, fontweight=weight)
