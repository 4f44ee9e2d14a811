"""Losses over two weights, as landscapes.

Shapes: R places along each axis.
"""

from collections.abc import Mapping

from matplotlib.figure import Figure
from torch import Tensor

from .style import sheet


def surfaces(losses: Mapping[str, Tensor], weights: Tensor) -> Figure:
    """Draw named losses (R, R) at weights (R, R, 2), side by side."""
    figure = sheet(3.4 * len(losses), 3.6)
    w1, w2 = (axis.numpy() for axis in weights.cpu().unbind(-1))
    for place, (name, loss) in enumerate(losses.items(), 1):
        ax = figure.add_subplot(1, len(losses), place, projection="3d")
        heights = loss.detach().cpu().numpy()
        n = len(heights)  # every place, else the stairs of the 0/1 loss become slopes
        ax.plot_surface(w1, w2, heights, cmap="viridis", rcount=n, ccount=n, antialiased=False)
        ax.view_init(elev=38, azim=-115)
        ax.set_xlabel("$w_1$")
        ax.set_ylabel("$w_2$")
        ax.set_title(name, fontsize=11)
    return figure
