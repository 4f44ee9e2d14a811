"""What the decisions of a network depend on.

Shapes: B images, C channels, H height, W width, F features.
"""

from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure
from torch import Tensor

from .style import COLOURS, bare, name, sheet

SHOWN = 10  # images
FEATURES = 30  # of the highest relevance


def saliency_maps(images: Tensor, maps: Tensor, predicted: Tensor, labels: Sequence[str] = ()) -> Figure:
    """Draw images (B, C, H, W), at most ten, above the sizes of do/dx (B, C, H, W), light where they are large.

    Above an image stands its predicted class (B,). Of several channels, the mean and the largest size are drawn.
    """
    images, maps = (part[:SHOWN].detach().float().cpu() for part in (images, maps))
    figure = sheet(max(len(images), 3) * 1.0, 2.6)
    above, below = figure.subplots(2, len(images), squeeze=False)
    low, high = float(images.min()), float(images.max())
    for ax, image, k in zip(above, images, predicted.tolist(), strict=False):
        bare(ax)
        ax.imshow(image.mean(0).numpy(), cmap="gray", vmin=low, vmax=high)
        ax.set_title(name(k, labels), fontsize=9)
    for ax, part in zip(below, maps, strict=True):
        bare(ax)
        ax.imshow(part.abs().amax(0).numpy(), cmap="gray", vmin=0)
    above[0].set_ylabel("input")
    below[0].set_ylabel("saliency")
    return figure


def ranking(relevance: Mapping[str, Tensor], labels: Sequence[str] = ()) -> Figure:
    """Draw named relevances (F,) of features, each as shares of its largest, ordered by the first.

    labels: names of the features; at most the 30 first are drawn.
    """
    first = next(iter(relevance.values()))
    order = first.argsort(descending=True)[:FEATURES].cpu()
    figure = sheet(6.4, 0.26 * len(order) + 1.2)
    ax = figure.subplots()
    height = 0.8 / len(relevance)
    for row, (title, values) in enumerate(relevance.items()):
        shares = (values / values.max()).detach().cpu()[order]
        places = [rank + height * (row - (len(relevance) - 1) / 2) for rank in range(len(order))]
        ax.barh(places, shares.numpy(), height=height, color=COLOURS[row % len(COLOURS)], label=title)
    ax.set_yticks(range(len(order)), [name(k, labels) for k in order.tolist()], fontsize=8)
    ax.invert_yaxis()
    ax.set_xlabel("mean size of the derivative, as a share of the largest")
    ax.spines[["top", "right"]].set_visible(False)
    ax.legend(frameon=False, loc="lower right", fontsize=8)
    return figure
