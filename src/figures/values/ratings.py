"""Ratings of items by users.

Shapes: U users, I items.
"""

from collections.abc import Sequence

from matplotlib.figure import Figure
from torch import Tensor

from ..fonts import display_label
from ..style import SMALL, in_style, new_figure

MAX_LETTERS = 12  # of a name


@in_style
def plot_ratings(predicted: Tensor, known: Tensor, users: Sequence[str], items: Sequence[str]) -> Figure:
    """Draw predicted ratings (U, I) as colours and true ratings (U, I) as numbers. Unknown ratings are NaN."""
    predicted, known = (values.detach().float().cpu() for values in (predicted, known))
    items = [display_label(item, MAX_LETTERS) for item in items]
    figure = new_figure(2.0 + 0.25 * len(users) + 0.07 * max(map(len, items)))
    ax = figure.subplots()
    image = ax.imshow(predicted.numpy(), cmap="Blues", aspect="auto")
    low, high = float(predicted.min()), float(predicted.max())
    for i, j in (~known.isnan()).nonzero().tolist():
        colour = "white" if predicted[i, j] > low + 0.6 * (high - low) else "black"
        ax.text(j, i, f"{float(known[i, j]):.3g}", ha="center", va="center", color=colour, fontsize=SMALL)
    ax.set_xticks(range(len(items)), items, rotation=90)
    ax.set_yticks(range(len(users)), [display_label(user, MAX_LETTERS) for user in users])
    ax.set_xlabel("item")
    ax.set_ylabel("user")
    ax.spines[:].set_visible(True)
    figure.colorbar(image, ax=ax, label="predicted rating", fraction=0.05)
    figure.suptitle("predicted ratings (numbers: true ratings)")
    return figure
