"""Images with the highest outlier scores.

Shapes: B images, C channels, H height, W width.
"""

from matplotlib.figure import Figure
from torch import Tensor

from ..style import RIGHT, WRONG, in_style
from .predicted import MAX_PAIRS, paired_tiling, top_index
from .tiling import tiled_figure


@in_style
def plot_outlier_images(
    images: Tensor, reconstructions: Tensor, scores: Tensor, *, threshold: float | None = None
) -> Figure:
    """Draw at most ten images (B, C, H, W) above their reconstructions, with their scores (B,), on one scale.

    Scores above the threshold are red.
    """
    images, reconstructions = (part[:MAX_PAIRS].detach().float().cpu() for part in (images, reconstructions))
    low, high = float(images.min()), float(images.max())
    tiling = paired_tiling(images, lines=1)
    figure, ax = tiled_figure(tiling, extra_height=0.5)
    for k, (image, output, score) in enumerate(zip(images, reconstructions, scores.tolist(), strict=False)):
        top = top_index(k, tiling)
        tiling.show(ax, top, image, low, high)
        tiling.show(ax, top + tiling.columns, output, low, high)
        above = threshold is not None and score > threshold
        tiling.title(ax, top, f"{score:.3g}", WRONG if above else RIGHT)
    for row, word in enumerate(["input", "output"] * (tiling.rows // 2)):
        tiling.name_row(ax, row * tiling.columns, word)
    limit = "" if threshold is None else f" (red: above {threshold:.3g})"
    figure.suptitle(f"highest outlier scores{limit}")
    return figure
