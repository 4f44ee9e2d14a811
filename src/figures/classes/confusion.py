"""Confusion matrix, or the most confused pairs of classes if there are too many classes for a matrix.

Shapes: N examples, K classes.
"""

from collections.abc import Sequence

import torch
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from torch import Tensor

from ..style import SMALL, WRONG, class_name, in_style, new_figure

MAX_NUMBERED = 12  # maximum number of classes with counts in the cells
MAX_MATRIX = 50  # maximum number of classes in a matrix; memory and time grow with its square
ROOM, LETTER, LINE = 3.3, 0.066, 0.14  # inches: matrix with names, width of a letter, height of a name
MAX_PAIRS = 20  # maximum number of bars


def plot_confusion(predicted: Tensor, true: Tensor, num_classes: int, labels: Sequence[str] = ()) -> Figure:
    """Draw the confusion matrix of classes (N,), or the most confused pairs if there are more than 50 classes."""
    num_classes = max(num_classes, int(predicted.max()) + 1)  # with one class, the prediction may be another
    plot = plot_matrix if num_classes <= MAX_MATRIX else plot_most_confused
    return plot(predicted, true, num_classes, labels)


@in_style
def plot_matrix(predicted: Tensor, true: Tensor, num_classes: int, labels: Sequence[str] = ()) -> Figure:
    """Draw the confusion matrix of predicted and true classes (N,), coloured by the fraction of the true class."""
    counts = torch.bincount(true * num_classes + predicted, minlength=num_classes**2)
    counts = counts.view(num_classes, num_classes).cpu()  # (true, predicted)
    fractions = counts / counts.sum(1, keepdim=True).clamp(min=1)
    longest = max(len(class_name(k, labels)) for k in range(num_classes))
    named = int((ROOM - LETTER * longest) / LINE)
    ticks = range(0, num_classes, -(-num_classes // named))
    names = [class_name(k, labels) for k in ticks]
    figure = new_figure(4.2 + 0.04 * longest)
    ax = figure.subplots()
    image = ax.imshow(fractions.numpy(), cmap="Blues", vmin=0, vmax=1, aspect="auto")
    if num_classes <= MAX_NUMBERED:
        for i, j in torch.nonzero(counts).tolist():
            colour = "white" if fractions[i, j] > 0.5 else "black"
            ax.text(j, i, str(int(counts[i, j])), ha="center", va="center", color=colour, fontsize=SMALL)
    ax.set_xticks(ticks, names, rotation=90 if longest * len(names) > 40 else 0)
    ax.set_yticks(ticks, names)
    ax.set_xlabel("predicted class")
    ax.set_ylabel("true class")
    ax.spines[:].set_visible(True)
    figure.suptitle(summary(predicted, true))
    figure.colorbar(image, ax=ax, label="fraction of the true class", fraction=0.05)
    return figure


@in_style
def plot_most_confused(predicted: Tensor, true: Tensor, num_classes: int, labels: Sequence[str] = ()) -> Figure:
    """Draw the most frequent pairs of a true class (N,) and a wrong prediction (N,) as bars, at most 20.

    Equally frequent pairs are sorted by class.
    """
    wrong = predicted != true
    pairs, counts = torch.unique(true[wrong] * num_classes + predicted[wrong], return_counts=True)
    first = counts.argsort(descending=True, stable=True)[:MAX_PAIRS]
    pairs, counts = pairs[first].cpu(), counts[first].cpu()
    sizes = torch.bincount(true, minlength=num_classes).cpu()
    classes = [divmod(pair, num_classes) for pair in pairs.tolist()]
    figure = new_figure(0.2 * max(len(pairs), 3) + 1.4)
    ax = figure.subplots()
    bars = ax.barh(range(len(pairs)), counts.tolist(), color=WRONG, height=0.7)
    texts = [f"{count} of {sizes[i]}" for count, (i, _) in zip(counts, classes, strict=True)]
    ax.bar_label(bars, texts, padding=3, fontsize=SMALL)
    ax.set_yticks(range(len(pairs)), [f"{class_name(i, labels)} → {class_name(j, labels)}" for i, j in classes])
    ax.set_ylim(max(len(pairs), 3) - 0.5, -0.5)
    ax.set_xlim(0, 1.5 * max(counts.tolist(), default=1))  # space for the counts
    ax.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    ax.set_xlabel("number of examples")
    ax.set_ylabel("true → predicted class")
    figure.suptitle(f"{summary(predicted, true)}\nmost confused of {num_classes} classes")
    return figure


def summary(predicted: Tensor, true: Tensor) -> str:
    """Return the number and fraction of wrong predictions (N,) as text."""
    wrong = int((predicted != true).sum())
    return f"{wrong} of {len(true)} wrong ({wrong / max(len(true), 1):.2%})"
