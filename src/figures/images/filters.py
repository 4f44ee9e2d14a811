"""Weights of the first layer as images.

Shapes: O units, C channels, H height, W width.
"""

from matplotlib.figure import Figure
from torch import Tensor

from ..style import in_style
from .tiling import COLOURBAR, MAX_WIDTH, new_tiling, tiled_figure

MAX_PLANES = 64


@in_style
def plot_filters(weight: Tensor) -> Figure:
    """Draw the weights (O, C, H, W) of at most 64 units on one scale that is symmetric about zero.

    Three channels are drawn as one colour image in which zero is grey; other numbers of channels are drawn separately.
    """
    weight = weight.detach().float().cpu()
    units = len(weight)
    coloured = weight.shape[1] == 3
    planes = (weight if coloured else weight.flatten(0, 1).unsqueeze(1))[:MAX_PLANES]
    bound = float(planes.abs().max()) or 1.0
    columns = 8 if len(planes) > 16 else 4 if len(planes) > 6 else 3
    tiling = new_tiling([*planes], columns, width=MAX_WIDTH if coloured else MAX_WIDTH - COLOURBAR)
    figure, ax = tiled_figure(tiling, extra_height=0.5)
    for index, plane in enumerate(planes):
        image = tiling.show(ax, index, plane, -bound, bound, "PuOr")
        tiling.frame(ax, index)
    if not coloured:
        figure.colorbar(image, ax=ax, label="weight", shrink=0.8, fraction=0.05)
    shown = len(planes) if coloured else -(-len(planes) // weight.shape[1])
    figure.suptitle(f"weights of the first layer{'' if shown == units else f', {shown} of {units} units'}")
    return figure
