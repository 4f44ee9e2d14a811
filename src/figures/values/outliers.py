"""Outlier scores of the rows of a table, and of its columns.

Shapes: N rows, F columns.
"""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from ..fonts import display_label
from ..style import BLUE, GREY, SMALL, WRONG, in_style, new_figure

MAX_BARS = 12
MAX_LETTERS = 18  # of a name
BAR = 0.2  # height of a bar in inches


@in_style
def plot_outlier_scores(
    scores: Tensor, entries: Tensor, columns: Sequence[str], *, threshold: float | None = None
) -> Figure:
    """Draw the rows with the highest scores (N,), each with the column of its highest entry score, and the columns.

    entries: (N, F), scores of the columns of each row, of which the second plot has the means. Rows with a score above
    the threshold are red.
    """
    scores, entries = scores.detach().cpu(), entries.detach().cpu()
    names = [display_label(name, MAX_LETTERS) for name in columns]
    top = scores.argsort(descending=True, stable=True)[:MAX_BARS]
    means = entries.mean(0)
    first = means.argsort(descending=True, stable=True)[:MAX_BARS]
    sizes = [len(top), len(first)]
    figure = new_figure(1.6 + BAR * sum(sizes))
    above, below = figure.subplots(2, 1, height_ratios=sizes)
    draw_bars(above, [f"row {row}" for row in top.tolist()], scores[top].tolist())
    limit = float("inf") if threshold is None else threshold
    for bar, value, best in zip(above.patches, scores[top].tolist(), entries[top].argmax(1).tolist(), strict=True):
        bar.set_color(WRONG if value > limit else BLUE)
        text = f" {names[best]}"
        above.text(value, bar.get_y() + bar.get_height() / 2, text, va="center", fontsize=SMALL)
    above.set_xlim(0, 1.35 * float(scores.max()) or 1.0)  # room for the names
    if threshold is not None:
        above.axvline(threshold, color=GREY, linestyle="--")
    above.set_xlabel("score, and the column with its largest part")
    draw_bars(below, [names[column] for column in first.tolist()], means[first].tolist())
    below.set_xlabel("mean score of a column")
    count = "" if threshold is None else f": {int((scores > threshold).sum())} of {len(scores)} above {threshold:.3g}"
    figure.suptitle(f"outlier scores{count}")
    return figure


def draw_bars(ax: Axes, names: Sequence[str], values: Sequence[float]) -> None:
    """Draw horizontal bars, the first on top."""
    ax.barh(range(len(values)), values, height=0.7, color=BLUE)
    ax.set_yticks(range(len(names)), names)
    ax.invert_yaxis()
    ax.locator_params(axis="x", nbins=5)
