"""Saliency and relevance: the derivatives of outputs with respect to inputs.

Shapes: B images, C channels, H height, W width, F features.
"""

from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure
from torch import Tensor

from ..style import class_name, in_style, legend_below, new_figure, nth_colour
from .predicted import MAX_PAIRS, paired_tiling, top_index
from .tiling import tiled_figure

FEATURES = 30  # maximum number of features


@in_style
def plot_saliency(images: Tensor, maps: Tensor, predicted: Tensor, labels: Sequence[str] = ()) -> Figure:
    """Draw at most ten images (B, C, H, W) above their saliency maps |do/dx| (B, C, H, W); light means large.

    The title of an image is its predicted class (B,). Images show the mean over the channels, maps the maximum.
    """
    images, maps = (part[:MAX_PAIRS].detach().float().cpu() for part in (images, maps))
    tiling = paired_tiling(images, lines=1)
    figure, ax = tiled_figure(tiling)
    low, high = float(images.min()), float(images.max())
    for k, (image, part, label) in enumerate(zip(images, maps, predicted.tolist(), strict=False)):
        index = top_index(k, tiling)
        tiling.show(ax, index, image.mean(0, keepdim=True), low, high)
        tiling.title(ax, index, class_name(label, labels, 11))
        sizes = part.abs().amax(0, keepdim=True)
        tiling.show(ax, index + tiling.columns, sizes, 0, float(sizes.max()) or 1.0)
    for row in range(0, tiling.rows, 2):
        tiling.name_row(ax, row * tiling.columns, "input")
        tiling.name_row(ax, (row + 1) * tiling.columns, "saliency")
    figure.suptitle("predicted class and saliency")
    return figure


@in_style
def plot_relevance(relevance: Mapping[str, Tensor], labels: Sequence[str] = ()) -> Figure:
    """Draw named relevances (F,) of features relative to the maximum of each, sorted by the first.

    labels: names of the features. At most 30 features are drawn.
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
        bars.append(ax.barh(places, shares.numpy(), height=height, color=nth_colour(row), label=title))
    ax.set_yticks(range(len(order)), [class_name(k, labels) for k in order.tolist()])
    ax.invert_yaxis()
    ax.set_xlabel("mean derivative, relative to the maximum")
    legend_below(figure, bars, columns=3)
    return figure
