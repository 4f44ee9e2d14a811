"""Explanations of images: maps below the images.

Shapes: B images, C channels, H height, W width.
"""

from collections.abc import Sequence

from matplotlib.figure import Figure
from torch import Tensor

from ..fonts import display_label
from ..style import in_style
from .predicted import MAX_PAIRS, paired_tiling, top_index
from .tiling import tiled_figure

LETTERS = 11  # that fit above an image


@in_style
def plot_explanations(images: Tensor, maps: Tensor, titles: Sequence[str], *, title: str, row: str) -> Figure:
    """Draw at most ten images (B, C, H, W) with titles above their maps (B, 1, H, W) or (B, C, H, W).

    Each map has its own scale. Maps without negative numbers are light where they are large; in others, zero is white,
    purple positive and orange negative, or with three channels zero is grey, as the title then says. row: name of the
    maps.
    """
    images, maps = (part[:MAX_PAIRS].detach().float().cpu() for part in (images, maps))
    tiling = paired_tiling(images, lines=1)
    figure, ax = tiled_figure(tiling, extra_height=0.5)
    low, high = float(images.min()), float(images.max())
    is_signed = bool((maps < 0).any())
    for k, (image, part, text) in enumerate(zip(images, maps, titles, strict=False)):
        index = top_index(k, tiling)
        tiling.show(ax, index, image, low, high)
        tiling.title(ax, index, display_label(text, LETTERS))
        bound = float(part.abs().max()) or 1.0
        below = index + tiling.columns
        tiling.show(ax, below, part, -bound if is_signed else 0, bound, "PuOr" if is_signed else "gray")
        tiling.frame(ax, below)
    for start in range(0, tiling.rows, 2):
        tiling.name_row(ax, start * tiling.columns, "input")
        tiling.name_row(ax, (start + 1) * tiling.columns, row)
    figure.suptitle(f"{title}\n{scale_of(maps)}")
    return figure


def scale_of(maps: Tensor) -> str:
    """Return what the colours of maps (B, C, H, W) mean."""
    if not (maps != 0).any():
        return "all are 0"
    if not (maps < 0).any():
        return "light: large"
    return signed_scale(maps.shape[1])


def signed_scale(channels: int) -> str:
    """Return what the colours of maps mean whose scale is symmetric about zero."""
    return "zero is grey" if channels == 3 else "purple: positive, orange: negative"
