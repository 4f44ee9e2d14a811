"""Rows of images with names.

Shapes: N images in a row, C channels, H height, W width.
"""

from collections.abc import Sequence

from matplotlib.figure import Figure
from torch import Tensor

from ..style import in_style
from .tiling import Tiling, tiled_figure


@in_style
def plot_rows(rows: Sequence[tuple[str, Tensor]], title: str) -> Figure:
    """Draw rows of equally many images (N, C, H, W), each with its name, on one scale."""
    count, height, width = len(rows[0][1]), *rows[0][1].shape[-2:]
    tiling = Tiling(count * len(rows), count, height / width, margin=0.25)
    figure, ax = tiled_figure(tiling, extra_height=0.5)
    low, high = (float(bound) for bound in (min(r.min() for _, r in rows), max(r.max() for _, r in rows)))
    for row, (name, images) in enumerate(rows):
        for column, image in enumerate(images):
            tiling.show(ax, row * count + column, image, low, high)
        tiling.name_row(ax, row * count, name)
    figure.suptitle(title)
    return figure
