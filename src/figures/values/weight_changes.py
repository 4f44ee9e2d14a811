"""Weights before and after training.

Shapes: R rows, C columns of a picture of weights.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from matplotlib.figure import Figure

from ...formatting import format_count
from ..style import BLUE, ORANGE, hide_ticks, in_style, legend_below, new_figure

WIDE = 6.6  # width in inches
BINS = 40


class Change(NamedTuple):
    """A parameter before and after training: all its values, and pictures of them (R, C), NaN where nothing is."""

    before: np.ndarray
    after: np.ndarray
    picture_before: np.ndarray
    picture_after: np.ndarray


@in_style
def plot_weight_changes(changes: Mapping[str, Change], title: str) -> Figure:
    """Draw each named parameter in a row: before, after, and the histograms of both.

    The two pictures of a parameter have the same scale, symmetric about zero.
    """
    figure = new_figure(0.9 + 1.9 * len(changes), WIDE)
    axes = figure.subplots(len(changes), 3, squeeze=False, width_ratios=(1, 1, 1.1))
    for row, (name, change) in zip(axes, changes.items(), strict=True):
        bound = float(max(np.abs(change.before).max(), np.abs(change.after).max())) or 1.0
        for ax, picture, moment in zip(row, change[2:], ("before", "after"), strict=False):
            aspect = "equal" if 0.4 < picture.shape[0] / picture.shape[1] < 2.5 else "auto"
            shown = ax.imshow(picture, cmap="PuOr", vmin=-bound, vmax=bound, aspect=aspect)
            hide_ticks(ax)
            ax.set_title(f"{name}\n{moment}")
        figure.colorbar(shown, ax=list(row[:2]), shrink=0.9, fraction=0.05)
        bins = np.linspace(-bound, bound, BINS + 1)
        keys = [
            row[2].hist(values.ravel(), bins, histtype="stepfilled", alpha=0.5, color=colour, label=moment)[2][0]
            for values, colour, moment in (
                (change.before, BLUE, "before training"),
                (change.after, ORANGE, "after training"),
            )
        ]
        row[2].set_yticks([])
        row[2].spines["left"].set_visible(False)
        row[2].set_title(format_count(change.before.size, "weight"))
    figure.suptitle(title)
    legend_below(figure, keys)
    return figure
