"""The values of all seeds of an experiment beside the published number."""

import textwrap
from collections.abc import Sequence
from typing import NamedTuple

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ..style import BLUE, GREY, VERMILION, in_style, legend_below, new_figure

LETTERS = 62  # of a line of a title
ROW, BELOW = 0.72, 0.55  # inches of a result, and of the legend


class Seeds(NamedTuple):
    """One result. values: of each seed; interval: None = not drawn; published: numbers that get a line."""

    label: str
    values: Sequence[float]
    interval: tuple[float, float] | None
    published: Sequence[float]


@in_style
def plot_seeds(results: Sequence[Seeds]) -> Figure:
    """Draw a strip for each result: a dot for each seed, the 95 % interval below, the published number as a line."""
    titles = ["\n".join(textwrap.wrap(each.label, LETTERS)) for each in results]
    lines = sum(title.count("\n") for title in titles)
    figure = new_figure(ROW * len(results) + 0.13 * lines + BELOW)
    axes = figure.subplots(len(results), 1, squeeze=False)[:, 0]
    shown: list[Line2D] = []
    for ax, each, title in zip(axes, results, titles, strict=True):
        ax.set_title(title, loc="left")
        for number in each.published:
            published = ax.axvline(number, color=GREY, linestyle="--", label="published")
        (dots,) = ax.plot(each.values, [1] * len(each.values), "o", color=BLUE, alpha=0.6, label="a seed")
        shown += [dots, published]
        if each.interval is not None:
            (bar,) = ax.plot(each.interval, [0, 0], color=VERMILION, marker="|", linewidth=2, label="95 % interval")
            shown.append(bar)
        ax.set_ylim(-0.8, 1.8)
        ax.set_yticks([])
        ax.spines["left"].set_visible(False)
        ax.margins(x=0.08)
        ax.locator_params(axis="x", nbins=6)
    legend_below(figure, list({line.get_label(): line for line in shown}.values()), columns=3)
    return figure
