"""Confusion matrix, or the most confused pairs of classes where there are too many for a matrix.

Shapes: N examples, K classes.
"""

from collections.abc import Sequence

import torch
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from torch import Tensor

from .style import WRONG, name, sheet

WRITTEN = 12  # more classes than this and the numbers are too small to read
MATRIX = 50  # more classes than this and cells are too small to see; memory and time grow with their square
PAIRS = 20  # as many bars have room


def confusion(predicted: Tensor, true: Tensor, num_classes: int, labels: Sequence[str] = ()) -> Figure:
    """Draw how often each true class (N,) is predicted as each class (N,); of more than 50 the most confused pairs."""
    draw = matrix if num_classes <= MATRIX else most_confused
    return draw(predicted, true, num_classes, labels)


def matrix(predicted: Tensor, true: Tensor, num_classes: int, labels: Sequence[str] = ()) -> Figure:
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
    ax.set_title(summary(predicted, true), fontsize=11)
    figure.colorbar(image, ax=ax, label="share of the true class", shrink=0.8, fraction=0.05)
    return figure


def most_confused(predicted: Tensor, true: Tensor, num_classes: int, labels: Sequence[str] = ()) -> Figure:
    """Draw the pairs of a true class (N,) and a wrong prediction (N,) that are most frequent, at most 20, as bars.

    Equally frequent ones are in the order of their classes.
    """
    wrong = predicted != true
    pairs, counts = torch.unique(true[wrong] * num_classes + predicted[wrong], return_counts=True)
    first = counts.argsort(descending=True, stable=True)[:PAIRS]
    pairs, counts = pairs[first].cpu(), counts[first].cpu()
    sizes = torch.bincount(true, minlength=num_classes).cpu()
    classes = [divmod(pair, num_classes) for pair in pairs.tolist()]
    figure = sheet(9, 0.3 * max(len(pairs), 3) + 1.3)
    ax = figure.subplots()
    bars = ax.barh(range(len(pairs)), counts.tolist(), color=WRONG, height=0.7)
    ax.bar_label(bars, [f"{count} of {sizes[i]}" for count, (i, _) in zip(counts, classes, strict=True)], padding=3)
    ax.set_yticks(range(len(pairs)), [f"{name(i, labels)} → {name(j, labels)}" for i, j in classes])
    ax.set_ylim(max(len(pairs), 3) - 0.5, -0.5)
    ax.set_xlim(0, 1.3 * max(counts.tolist(), default=1))  # room for the numbers
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set_xlabel("predicted so, of all examples of the true class")
    ax.set_ylabel("true → predicted")
    figure.suptitle(f"{summary(predicted, true)}; the most confused of {num_classes} classes", fontsize=11)
    return figure


def summary(predicted: Tensor, true: Tensor) -> str:
    """Return in words how many of the predictions (N,) are wrong."""
    wrong = int((predicted != true).sum())
    return f"{wrong} of {len(true)} wrong ({wrong / max(len(true), 1):.2%})"
