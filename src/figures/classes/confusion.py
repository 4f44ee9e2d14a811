"""Confusion matrix, or the most confused pairs of classes where there are too many for a matrix.

Shapes: N examples, K classes.
"""

from collections.abc import Sequence

import torch
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from torch import Tensor

from ..style import SMALL, WRONG, in_style, name, new_figure

WRITTEN = 12  # more classes than this and the numbers are too small to read
MATRIX = 50  # more classes than this and cells are too small to see; memory and time grow with their square
ROOM, LETTER, LINE = 3.3, 0.066, 0.14  # inches: of matrix and names, of a letter, of a name beside another
PAIRS = 20  # as many bars have room


def plot_confusion(predicted: Tensor, true: Tensor, num_classes: int, labels: Sequence[str] = ()) -> Figure:
    """Draw how often each true class (N,) is predicted as each class (N,); of more than 50 the most confused pairs."""
    num_classes = max(num_classes, int(predicted.max()) + 1)  # a single class has an output that may mean another
    plot = plot_matrix if num_classes <= MATRIX else plot_most_confused
    return plot(predicted, true, num_classes, labels)


@in_style
def plot_matrix(predicted: Tensor, true: Tensor, num_classes: int, labels: Sequence[str] = ()) -> Figure:
    """Draw how often each true class (N,) is predicted as each class (N,), coloured by its share."""
    counts = torch.bincount(true * num_classes + predicted, minlength=num_classes**2)
    counts = counts.view(num_classes, num_classes).cpu()  # (true, predicted)
    shares = counts / counts.sum(1, keepdim=True).clamp(min=1)
    longest = max(len(name(k, labels)) for k in range(num_classes))
    named = int((ROOM - LETTER * longest) / LINE)
    ticks = range(0, num_classes, -(-num_classes // named))
    names = [name(k, labels) for k in ticks]
    figure = new_figure(4.2 + 0.04 * longest)
    ax = figure.subplots()
    image = ax.imshow(shares.numpy(), cmap="Blues", vmin=0, vmax=1, aspect="auto")
    if num_classes <= WRITTEN:
        for i, j in torch.nonzero(counts).tolist():
            colour = "white" if shares[i, j] > 0.5 else "black"
            ax.text(j, i, str(int(counts[i, j])), ha="center", va="center", color=colour, fontsize=SMALL)
    ax.set_xticks(ticks, names, rotation=90 if longest * len(names) > 40 else 0)
    ax.set_yticks(ticks, names)
    ax.set_xlabel("predicted class")
    ax.set_ylabel("true class")
    ax.spines[:].set_visible(True)
    figure.suptitle(summary(predicted, true))
    figure.colorbar(image, ax=ax, label="share of the true class", fraction=0.05)
    return figure


@in_style
def plot_most_confused(predicted: Tensor, true: Tensor, num_classes: int, labels: Sequence[str] = ()) -> Figure:
    """Draw the pairs of a true class (N,) and a wrong prediction (N,) that are most frequent, at most 20, as bars.

    Equally frequent ones are in the order of their classes.
    """
    wrong = predicted != true
    pairs, counts = torch.unique(true[wrong] * num_classes + predicted[wrong], return_counts=True)
    first = counts.argsort(descending=True, stable=True)[:PAIRS]
    pairs, counts = pairs[first].cpu(), counts[first].cpu()
    sizes = torch.bincount(true, minlength=num_classes).cpu()
    classes = [divmod(pair, num_classes) for pair in pairs.tolist()]
    figure = new_figure(0.2 * max(len(pairs), 3) + 1.4)
    ax = figure.subplots()
    bars = ax.barh(range(len(pairs)), counts.tolist(), color=WRONG, height=0.7)
    written = [f"{count} of {sizes[i]}" for count, (i, _) in zip(counts, classes, strict=True)]
    ax.bar_label(bars, written, padding=3, fontsize=SMALL)
    ax.set_yticks(range(len(pairs)), [f"{name(i, labels)} → {name(j, labels)}" for i, j in classes])
    ax.set_ylim(max(len(pairs), 3) - 0.5, -0.5)
    ax.set_xlim(0, 1.5 * max(counts.tolist(), default=1))  # room for the numbers
    ax.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    ax.set_xlabel("examples, of all of the true class")
    ax.set_ylabel("true → predicted class")
    figure.suptitle(f"{summary(predicted, true)}\nthe most confused of {num_classes} classes")
    return figure


def summary(predicted: Tensor, true: Tensor) -> str:
    """Return in words how many of the predictions (N,) are wrong."""
    wrong = int((predicted != true).sum())
    return f"{wrong} of {len(true)} wrong ({wrong / max(len(true), 1):.2%})"
