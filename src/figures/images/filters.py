"""Weights of units as images.

Shapes: O units, C channels, H height, W width.
"""

from collections.abc import Sequence

from matplotlib.figure import Figure
from torch import Tensor

from ..style import in_style
from .tiling import COLOURBAR, MAX_WIDTH, new_tiling, tiled_figure

MAX_PLANES = 64


@in_style
def plot_filters(
    weight: Tensor, title: str = "weights of the first layer", scale: str = "weight", titles: Sequence[str] = ()
) -> Figure:
    """Draw the weights (O, C, H, W) of at most 64 units on one scale that is symmetric about zero.

    title: of the figure; scale: label of the scale; titles: of the units.
    Three channels are drawn as one colour image in which zero is grey; other numbers of channels are drawn separately.
    """
    weight = weight.detach().float().cpu()
    units = len(weight)
    coloured = weight.shape[1] == 3
    per_unit = 1 if coloured else weight.shape[1]
    planes = (weight if coloured else weight.flatten(0, 1).unsqueeze(1))[:MAX_PLANES]
    bound = float(planes.abs().max()) or 1.0
    columns = 8 if len(planes) > 16 else 4 if len(planes) > 6 else 3
    width = MAX_WIDTH if coloured else MAX_WIDTH - COLOURBAR
    tiling = new_tiling([*planes], columns, lines=int(bool(titles)), width=width)
    figure, ax = tiled_figure(tiling, extra_height=0.5)
    for index, plane in enumerate(planes):
        image = tiling.show(ax, index, plane, -bound, bound, "PuOr")
        tiling.frame(ax, index)
        if titles:
            tiling.title(ax, index, titles[index // per_unit])
    if not coloured:
        figure.colorbar(image, ax=ax, label=scale, shrink=0.8, fraction=0.05)
    shown = -(-len(planes) // per_unit)
    figure.suptitle(f"{title}{'' if shown == units else f', {shown} of {units} units'}")
    return figure
