"""The parts of images that excite units most.

Shapes: N units, M images of each, C channels, h x w pixels.
"""

from collections.abc import Sequence

from matplotlib.figure import Figure
from torch import Tensor

from ..style import in_style
from .explanations import signed_scale
from .tiling import Tiling, tiled_figure


@in_style
def plot_units(crops: Tensor, gradients: Tensor, names: Sequence[str], title: str) -> Figure:
    """Draw for each unit its crops (N, M, C, h, w) in a row, above the derivatives (N, M, C, h, w) in another.

    Each derivative has its own scale: zero is white, purple positive and orange negative, or with three channels zero
    is grey. names: of the units.
    """
    units, count, channels, height, width = crops.shape
    tiling = Tiling(2 * units * count, count, height / width, margin=0.35)
    figure, ax = tiled_figure(tiling, extra_height=0.5)
    low, high = float(crops.min()), float(crops.max())
    for row, name in enumerate(names):
        for column in range(count):
            top = 2 * row * count + column
            tiling.show(ax, top, crops[row, column], low, high)
            tiling.frame(ax, top)
            bound = float(gradients[row, column].abs().max()) or 1.0
            tiling.show(ax, top + count, gradients[row, column], -bound, bound, "PuOr")
            tiling.frame(ax, top + count)
        tiling.name_row(ax, 2 * row * count, name)
    figure.suptitle(f"{title}\n{signed_scale(channels)}")
    return figure
