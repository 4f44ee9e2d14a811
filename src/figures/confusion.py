"""Confusion matrix.

Shapes: N examples, K classes.
"""

from collections.abc import Sequence

import torch
from matplotlib.figure import Figure
from torch import Tensor

from .style import name, sheet

WRITTEN = 12  # more classes than this and the numbers are too small to read


def confusion(predicted: Tensor, true: Tensor, num_classes: int, labels: Sequence[str] = ()) -> Figure:
    """Draw how often each true class (N,) is predicted as each class (N,), coloured by its share."""
    counts = torch.bincount(true * num_classes + predicted, minlength=num_classes**2)
    counts = counts.view(num_classes, num_classes).cpu()  # (true, predicted)
    shares = counts / counts.sum(1, keepdim=True).clamp(min=1)
    size = min(max(4.5, 0.6 * num_classes + 2), 9)
    figure = sheet(size + 0.8, size)
    ax = figure.subplots()
    image = ax.imshow(shares.numpy(), cmap="Blues", vmin=0, vmax=1)
    if num_classes <= WRITTEN:
        for i, j in torch.nonzero(counts).tolist():
            colour = "white" if shares[i, j] > 0.5 else "black"
            ax.text(j, i, str(int(counts[i, j])), ha="center", va="center", color=colour, fontsize=9)
    step = max(1, num_classes // 25)
    ticks = range(0, num_classes, step)
    names = [name(k, labels) for k in ticks]
    ax.set_xticks(ticks, names, rotation=90 if max(map(len, names)) > 3 else 0)
    ax.set_yticks(ticks, names)
    ax.set_xlabel("predicted")
    ax.set_ylabel("true")
    wrong = int(counts.sum() - counts.trace())
    ax.set_title(f"{wrong} of {len(true)} wrong ({wrong / max(len(true), 1):.2%})", fontsize=11)
    figure.colorbar(image, ax=ax, label="share of the true class", shrink=0.8, fraction=0.05)
    return figure
