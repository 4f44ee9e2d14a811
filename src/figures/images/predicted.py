"""Images with predicted classes or reconstructions.

Shapes: B images, C channels, H height, W width.
"""

from collections.abc import Sequence

from matplotlib.figure import Figure
from torch import Tensor

from ..style import RIGHT, WRONG, class_name, in_style
from .tiling import Tiling, new_tiling, tiled_figure

COLUMNS = 4  # with a title above each image
ONE_LINE = 14  # letters that fit above an image
MAX_PAIRS = 10  # maximum number of images in pairs
PER_ROW = 5  # pairs per row


@in_style
def plot_predictions(
    images: Tensor, predicted: Tensor, true: Tensor, labels: Sequence[str] = (), title: str | None = None
) -> Figure:
    """Draw images (B, C, H, W) with predicted classes (B,). Wrong predictions are red and show the true class."""
    pairs = list(zip(predicted.tolist(), true.tolist(), strict=True))
    titles = [
        class_name(k, labels, ONE_LINE) if k == y else f"{class_name(k, labels)}, not {class_name(y, labels)}"
        for k, y in pairs
    ]
    lines = 1 if max(map(len, titles)) <= ONE_LINE else 2
    if lines == 2:
        titles = [
            class_name(k, labels, ONE_LINE)
            if k == y
            else f"{class_name(k, labels, ONE_LINE)}\nnot {class_name(y, labels, ONE_LINE - 4)}"
            for k, y in pairs
        ]
    tiling = new_tiling([*images], COLUMNS, lines=lines)
    figure, ax = tiled_figure(tiling, extra_height=0.5)
    low, high = float(images.min()), float(images.max())
    for index, (image, text, (k, y)) in enumerate(zip(images, titles, pairs, strict=True)):
        tiling.show(ax, index, image, low, high)
        tiling.title(ax, index, text, RIGHT if k == y else WRONG)
        if k != y:
            tiling.frame(ax, index, WRONG, 2.5)
    wrong = sum(k != y for k, y in pairs)
    figure.suptitle(title or f"predicted class: {wrong} of {len(images)} wrong")
    return figure


@in_style
def plot_reconstructions(
    images: Tensor, reconstructions: Tensor, corrupted: Tensor | None = None, *, title: str = "reconstructions"
) -> Figure:
    """Draw at most ten images (B, C, H, W) above their reconstructions (B, C, H, W), on one scale.

    title: of the figure, before the mean squared error.
    corrupted: corrupted images from which the network made the reconstructions. They are drawn in between, and
    clipped to the scale of the images.
    """
    shown = {"input": images, "output": reconstructions}
    if corrupted is not None:
        shown = {"input": images, "corrupted": corrupted, "output": reconstructions}
    shown = {word: part[:MAX_PAIRS].detach().float().cpu() for word, part in shown.items()}
    low, high = float(shown["input"].min()), float(shown["input"].max())
    tiling = paired_tiling(images[:MAX_PAIRS], depth=len(shown))
    figure, ax = tiled_figure(tiling, extra_height=0.5)
    for k, column in enumerate(zip(*shown.values(), strict=True)):
        for row, image in enumerate(column):
            tiling.show(ax, top_index(k, tiling, depth=len(shown)) + row * tiling.columns, image, low, high)
    for row, word in enumerate(list(shown) * (tiling.rows // len(shown))):
        tiling.name_row(ax, row * tiling.columns, word)
    error = float((shown["input"] - shown["output"]).square().mean())
    figure.suptitle(f"{title}, mean squared error {error:.3g}")
    return figure


def paired_tiling(images: Tensor, *, lines: int = 0, depth: int = 2) -> Tiling:
    """Return a tiling for at most ten images with `depth` - 1 other images below each."""
    columns = min(len(images), PER_ROW)
    rows = -(-len(images) // columns)
    return Tiling(depth * rows * columns, columns, images.shape[-2] / images.shape[-1], lines, margin=0.25)


def top_index(k: int, tiling: Tiling, *, depth: int = 2) -> int:
    """Return the tile of image k. The images below it follow at intervals of `tiling.columns`."""
    row, column = divmod(k, tiling.columns)
    return depth * row * tiling.columns + column
