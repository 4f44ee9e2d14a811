"""Images that maximize a score.

Shapes: B images, C channels, H height, W width.
"""

from collections.abc import Sequence

from matplotlib.figure import Figure
from torch import Tensor

from ..fonts import display_label
from ..style import in_style
from .predicted import COLUMNS, ONE_LINE
from .tiling import new_tiling, tiled_figure


@in_style
def plot_synthesized(images: Tensor, names: Sequence[str]) -> Figure:
    """Draw images (B, C, H, W) with the names of the scores that they maximize, each on its own scale."""
    tiling = new_tiling([*images], COLUMNS, lines=1)
    figure, ax = tiled_figure(tiling, extra_height=0.5)
    for index, (image, name) in enumerate(zip(images, names, strict=True)):
        tiling.show(ax, index, image, float(image.min()), float(image.max()))
        tiling.title(ax, index, display_label(name, ONE_LINE))
    figure.suptitle("images that maximize a score")
    return figure
