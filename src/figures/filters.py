"""Weights of a first layer, seen as images.

Shapes: O units, C channels, H height, W width.
"""

from matplotlib.figure import Figure
from torch import Tensor

from .style import bare, tiles

MOST = 64


def filters(weight: Tensor) -> Figure:
    """Draw the weights (O, C, H, W) of at most 64 units; one scale for all, zero in its middle.

    Three channels make one colour image with zero as grey; otherwise each channel is drawn by itself.
    """
    weight = weight.detach().float().cpu()
    units = len(weight)
    coloured = weight.shape[1] == 3
    planes = (weight.permute(0, 2, 3, 1) if coloured else weight.flatten(0, 1))[:MOST]
    bound = float(planes.abs().max()) or 1.0
    figure, axes = tiles(len(planes), size=0.9 if len(planes) > 16 else 1.3)
    for ax, plane in zip(axes, planes, strict=True):
        if coloured:
            ax.imshow((0.5 + plane / (2 * bound)).numpy())
        else:
            image = ax.imshow(plane.numpy(), cmap="PuOr", vmin=-bound, vmax=bound)
        bare(ax)
        ax.spines[:].set(linewidth=0.4)
    if not coloured:
        figure.colorbar(image, ax=axes, label="weight", shrink=0.7, aspect=30)
    shown = len(planes) if coloured else -(-len(planes) // weight.shape[1])
    figure.suptitle("first layer" if shown == units else f"first layer, {shown} of {units} units", fontsize=11)
    return figure
