"""Losses over two weights, as maps.

Shapes: R places along each axis.
"""

from collections.abc import Mapping

from matplotlib.figure import Figure
from torch import Tensor

from .style import sheet


def surfaces(losses: Mapping[str, Tensor], weights: Tensor) -> Figure:
    """Draw named losses (R, R) at weights (R, R, 2), side by side, with lines of equal loss.

    On the stairs of the 0/1 loss there is no slope to go down; each stair has one colour.
    """
    figure = sheet(3.3 * len(losses), 3.2)
    axes = figure.subplots(1, len(losses), squeeze=False)[0]
    left, bottom = weights[0, 0].tolist()
    right, top = weights[-1, -1].tolist()
    for ax, (name, loss) in zip(axes, losses.items(), strict=True):
        heights = loss.detach().cpu().numpy()
        extent = (left, right, bottom, top)
        image = ax.imshow(heights, origin="lower", extent=extent, cmap="viridis", interpolation="nearest")
        ax.contour(heights, extent=extent, colors="white", linewidths=0.5)
        figure.colorbar(image, ax=ax, shrink=0.8)
        ax.set_xlabel("$w_1$")
        ax.set_title(name, fontsize=11)
    axes[0].set_ylabel("$w_2$")
    return figure
