"""Loss surfaces over two weights.

Shapes: R grid points along each axis.
"""

from collections.abc import Mapping

from matplotlib.figure import Figure
from torch import Tensor

from ..style import in_style, subplot_grid


@in_style
def plot_surfaces(losses: Mapping[str, Tensor], weights: Tensor) -> Figure:
    """Draw named losses (R, R) at weights (R, R, 2) as colours, with contour lines."""
    figure, axes = subplot_grid(len(losses), 2, height=1.9)
    left, bottom = weights[0, 0].tolist()
    right, top = weights[-1, -1].tolist()
    for ax, (name, loss) in zip(axes, losses.items(), strict=True):
        heights = loss.detach().cpu().numpy()
        extent = (left, right, bottom, top)
        image = ax.imshow(heights, origin="lower", extent=extent, cmap="viridis", aspect="auto")
        ax.contour(heights, extent=extent, colors="white", linewidths=0.5)
        figure.colorbar(image, ax=ax, fraction=0.06)
        ax.set_xlabel("weight $w_1$")
        ax.set_ylabel("weight $w_2$")
        ax.set_title(f"{name} loss")
    return figure
