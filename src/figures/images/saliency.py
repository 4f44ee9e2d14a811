"""What the predictions of a network depend on.

Shapes: B images, C channels, H height, W width, F features.
"""

from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure
from torch import Tensor

from ..style import COLOURS, in_style, legend_below, name, new_figure
from .predicted import PAIRED, paired, upper
from .tiling import tiled_figure

FEATURES = 30  # of the highest relevance


@in_style
def plot_saliency(images: Tensor, maps: Tensor, predicted: Tensor, labels: Sequence[str] = ()) -> Figure:
    """Draw images (B, C, H, W), at most ten, above the sizes of do/dx (B, C, H, W), light where they are large.

    Above an image stands its predicted class (B,). Of several channels, the mean and the largest size are drawn.
    """
    images, maps = (part[:PAIRED].detach().float().cpu() for part in (images, maps))
    tiling = paired(images, lines=1)
    figure, ax = tiled_figure(tiling)
    low, high = float(images.min()), float(images.max())
    for k, (image, part, label) in enumerate(zip(images, maps, predicted.tolist(), strict=False)):
        place = upper(k, tiling)
        tiling.show(ax, place, image.mean(0, keepdim=True), low, high)
        tiling.title(ax, place, name(label, labels, 11))
        sizes = part.abs().amax(0, keepdim=True)
        tiling.show(ax, place + tiling.columns, sizes, 0, float(sizes.max()) or 1.0)
    for row in range(0, tiling.rows, 2):
        tiling.name_row(ax, row * tiling.columns, "input")
        tiling.name_row(ax, (row + 1) * tiling.columns, "saliency")
    figure.suptitle("predicted class and saliency")
    return figure


@in_style
def plot_relevance(relevance: Mapping[str, Tensor], labels: Sequence[str] = ()) -> Figure:
    """Draw named relevances (F,) of features, each as shares of its largest, ordered by the first.

    labels: names of the features; at most the 30 first are drawn.
    """
    first = next(iter(relevance.values()))
    order = first.argsort(descending=True)[:FEATURES].cpu()
    figure = new_figure(0.2 * len(order) + 1.4)
    ax = figure.subplots()
    height = 0.8 / len(relevance)
    bars = []
    for row, (title, values) in enumerate(relevance.items()):
        shares = (values / values.max()).detach().cpu()[order]
        places = [rank + height * (row - (len(relevance) - 1) / 2) for rank in range(len(order))]
        bars.append(ax.barh(places, shares.numpy(), height=height, color=COLOURS[row % len(COLOURS)], label=title))
    ax.set_yticks(range(len(order)), [name(k, labels) for k in order.tolist()])
    ax.invert_yaxis()
    ax.set_xlabel("mean derivative, as a share of the largest")
    legend_below(figure, bars, columns=3)
    return figure
