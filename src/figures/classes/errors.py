"""Errors by class.

Shapes: N examples, K classes.
"""

from collections.abc import Sequence

import torch
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter
from torch import Tensor

from ..style import SMALL, WRONG, class_name, in_style, new_figure
from .confusion import summary

MOST = 25  # classes


@in_style
def plot_class_errors(predicted: Tensor, true: Tensor, num_classes: int, labels: Sequence[str] = ()) -> Figure:
    """Draw the share of wrong predictions among the examples of each class as bars; predicted, true: (N,).

    Of more than 25 classes those with the largest shares are drawn. A class without examples has no bar.
    """
    counts = torch.bincount(true, minlength=num_classes).cpu()
    wrong = torch.bincount(true[predicted != true], minlength=num_classes).cpu()
    shares = wrong / counts.clamp(min=1)
    shown = shares.argsort(descending=True, stable=True)[:MOST].sort().values
    figure = new_figure(0.2 * max(len(shown), 3) + 1.4)
    ax = figure.subplots()
    bars = ax.barh(range(len(shown)), shares[shown].tolist(), color=WRONG, height=0.7)
    ax.bar_label(bars, [f"{wrong[k]} of {counts[k]}" for k in shown.tolist()], padding=3, fontsize=SMALL)
    ax.set_yticks(range(len(shown)), [class_name(k, labels) for k in shown.tolist()])
    ax.set_ylim(max(len(shown), 3) - 0.5, -0.5)
    ax.set_xlim(0, 1.3 * float(shares.max()) or 1.0)  # space for the counts
    ax.xaxis.set_major_formatter(PercentFormatter(1.0))
    ax.set_xlabel("wrong predictions")
    ax.set_ylabel("true class")
    of = "" if len(shown) == num_classes else f", {len(shown)} of {num_classes} classes"
    figure.suptitle(f"{summary(predicted, true)}\nerrors by class{of}")
    return figure
