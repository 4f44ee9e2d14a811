"""The parts of a training loss by epoch."""

from collections.abc import Mapping
from typing import Literal

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ..fonts import display_label
from ..style import COLOURS, in_style, legend_below, new_figure
from .curves import FEW, format_epoch_axis

STYLES: tuple[Literal["-", "--"], ...] = ("-", "--")  # of the splits
WIDE = 30  # ratio of the largest to the smallest value above which the scale is logarithmic


@in_style
def plot_loss_parts(curves: Mapping[str, Mapping[str, Mapping[int, float]]]) -> Figure:
    """Draw the parts of a loss and their sum: split -> part -> epoch -> value; at most two splits."""
    figure = new_figure(3.4)
    ax = figure.subplots()
    names = list(dict.fromkeys(part for parts in curves.values() for part in parts))
    colours = {part: COLOURS[k % (len(COLOURS) - 1)] for k, part in enumerate(names)}  # black is the sum
    for parts, style in zip(curves.values(), STYLES, strict=False):
        epochs = sorted(set.intersection(*(set(values) for values in parts.values())))
        total = {epoch: sum(values[epoch] for values in parts.values()) for epoch in epochs}
        for part, values in [*parts.items(), ("sum", total)]:
            marker = "o" if len(values) <= FEW else ""
            colour = colours.get(part, "black")
            ax.plot(list(values), list(values.values()), color=colour, linestyle=style, marker=marker, markersize=3)
    found = [value for parts in curves.values() for part in parts.values() for value in part.values()]
    if min(found) > 0 and max(found) > WIDE * min(found):
        ax.set_yscale("log")
    format_epoch_axis(ax)
    ax.set_ylabel("loss")
    ax.grid()
    keys = [Line2D([], [], color=colour, label=display_label(part)) for part, colour in colours.items()]
    keys.append(Line2D([], [], color="black", label="sum"))
    if len(curves) > 1:
        keys += [
            Line2D([], [], color="grey", linestyle=style, label=s) for s, style in zip(curves, STYLES, strict=False)
        ]
    figure.suptitle("parts of the loss" + ("" if len(curves) > 1 else f", {next(iter(curves))}"))
    legend_below(figure, keys, columns=3)
    return figure
