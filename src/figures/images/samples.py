"""Images sampled from a network.

Shapes: B images, C channels, H height, W width.
"""

from matplotlib.figure import Figure
from torch import Tensor

from ..style import in_style
from .tiling import new_tiling, tiled_figure

COLUMNS = 8


@in_style
def plot_samples(images: Tensor, title: str) -> Figure:
    """Draw images (B, C, H, W) in rows of eight, on one scale."""
    tiling = new_tiling([*images], COLUMNS)
    figure, ax = tiled_figure(tiling, extra_height=0.5)
    low, high = float(images.min()), float(images.max())
    for index, image in enumerate(images):
        tiling.show(ax, index, image, low, high)
    figure.suptitle(title)
    return figure
