"""Activity of code units.

Shapes: N examples, K code units.
"""

import numpy as np
from matplotlib.figure import Figure
from torch import Tensor

from ..style import BLUE, in_style, new_figure

BINS = 40


@in_style
def plot_activity(codes: Tensor) -> Figure:
    """Draw the distribution of the numbers in codes (N, K) that are not 0, above the activity of the units.

    The activity of a unit is the share of examples for which it is not 0; the units are sorted by it.
    """
    figure = new_figure(4.4)
    top, bottom = figure.subplots(2, 1)
    values = codes[codes != 0]
    top.hist(values.numpy(), bins=BINS, color=BLUE)
    top.set(xlabel="activation", ylabel="number", title="activations other than 0")
    top.locator_params("y", nbins=4)
    active = (codes != 0).float().mean(0).sort(descending=True).values.numpy()
    bottom.step(np.arange(1, len(active) + 1), active, where="mid", color=BLUE)
    bottom.fill_between(np.arange(1, len(active) + 1), active, step="mid", alpha=0.2, color=BLUE, linewidth=0)
    dead = int((active == 0).sum())
    note = f"; {dead} of {len(active)} never" if dead else ""
    bottom.set(ylim=(0, 1), xlabel="code unit, sorted", ylabel="share of examples", title=f"active units{note}")
    bottom.grid(axis="y")
    zeros = 1 - len(values) / codes.numel()
    figure.suptitle(f"codes of {len(codes)} examples: {zeros:.1%} of the numbers are 0")
    return figure
