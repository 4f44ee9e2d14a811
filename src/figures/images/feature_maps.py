"""Feature maps of the convolutions of a network.

Shapes: C channels, D maps, H height, W width.
"""

from collections.abc import Mapping

from matplotlib.figure import Figure
from torch import Tensor

from ..style import in_style, new_figure
from .tiling import Tiling

MAPS, LAYERS, COLUMNS = 16, 4, 8  # maximum numbers


@in_style
def plot_feature_maps(image: Tensor, maps: Mapping[str, Tensor]) -> Figure:
    """Draw an image (C, H, W) above its feature maps (D, H, W) by name of the layer: at most 16 maps of 4 layers.

    Each layer has its own scale: white is zero, purple positive and orange negative.
    """
    layers = dict(list(maps.items())[:LAYERS])
    parts = {"input": image.unsqueeze(0), **{layer: values[:MAPS].unsqueeze(1) for layer, values in layers.items()}}
    tilings = {title: Tiling(len(part), COLUMNS, part.shape[-2] / part.shape[-1]) for title, part in parts.items()}
    heights = [tiling.height for tiling in tilings.values()]
    figure = new_figure(sum(heights) + 0.3 * len(heights) + 0.5)
    axes = figure.subplots(len(parts), 1, squeeze=False, height_ratios=heights)[:, 0]
    for ax, (title, part) in zip(axes, parts.items(), strict=True):
        tiling = tilings[title]
        tiling.prepare(ax)
        bound = float(part.abs().max()) or 1.0
        for index, plane in enumerate(part):
            if title == "input":
                tiling.show(ax, index, plane, float(part.min()), float(part.max()))
            else:
                tiling.show(ax, index, plane, -bound, bound, "PuOr")
            tiling.frame(ax, index)
        total = len(layers[title]) if title in layers else 0
        height, width = part.shape[-2:]
        count = f": {len(part)} of {total} maps" if total > len(part) else f": {total} maps" if total else ""
        ax.set_title(f"{title}{count}, {height}x{width}", loc="left")
    figure.suptitle("feature maps (orange: negative, purple: positive)")
    return figure
