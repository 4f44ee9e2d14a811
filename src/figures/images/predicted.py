"""Images with what the network predicts about them, or makes of them.

Shapes: B images, C channels, H height, W width.
"""

from collections.abc import Sequence

from matplotlib.figure import Figure
from torch import Tensor

from ..style import RIGHT, WRONG, in_style, name
from .tiling import Tiling, new_tiling, tiled_figure

COLUMNS = 4  # with a title above each image
ONE_LINE = 14  # letters that have room above an image
PAIRED = 10  # images that are drawn in pairs
PER_ROW = 5  # of them in a row


@in_style
def plot_predictions(
    images: Tensor, predicted: Tensor, true: Tensor, labels: Sequence[str] = (), title: str | None = None
) -> Figure:
    """Draw images (B, C, H, W) and their predicted classes (B,); wrong ones in red, with the true class."""
    pairs = list(zip(predicted.tolist(), true.tolist(), strict=True))
    short = [name(k, labels, ONE_LINE) if k == y else f"{name(k, labels)}, not {name(y, labels)}" for k, y in pairs]
    lines = 1 if max(map(len, short)) <= ONE_LINE else 2
    if lines == 2:
        short = [
            name(k, labels, ONE_LINE) if k == y else f"{name(k, labels, ONE_LINE)}\nnot {name(y, labels, ONE_LINE - 4)}"
            for k, y in pairs
        ]
    tiling = new_tiling([*images], COLUMNS, lines=lines)
    figure, ax = tiled_figure(tiling, further=0.5)
    low, high = float(images.min()), float(images.max())
    for place, (image, text, (k, y)) in enumerate(zip(images, short, pairs, strict=True)):
        tiling.show(ax, place, image, low, high)
        tiling.title(ax, place, text, RIGHT if k == y else WRONG)
        if k != y:
            tiling.frame(ax, place, WRONG, 2.5)
    wrong = sum(k != y for k, y in pairs)
    figure.suptitle(title or f"predicted class: {wrong} of {len(images)} wrong")
    return figure


@in_style
def plot_reconstructions(images: Tensor, rebuilt: Tensor, corrupted: Tensor | None = None) -> Figure:
    """Draw images (B, C, H, W), at most ten, above what was rebuilt from them (B, C, H, W), on one scale.

    corrupted: what they were rebuilt from instead, which is drawn between; it is cut off at the scale of the images.
    """
    shown = {"input": images, "rebuilt": rebuilt}
    if corrupted is not None:
        shown = {"input": images, "corrupted": corrupted, "rebuilt": rebuilt}
    shown = {word: part[:PAIRED].detach().float().cpu() for word, part in shown.items()}
    low, high = float(shown["input"].min()), float(shown["input"].max())
    tiling = paired(images[:PAIRED], depth=len(shown))
    figure, ax = tiled_figure(tiling, further=0.5)
    for k, column in enumerate(zip(*shown.values(), strict=True)):
        for row, image in enumerate(column):
            tiling.show(ax, upper(k, tiling, depth=len(shown)) + row * tiling.columns, image, low, high)
    for row, word in enumerate(list(shown) * (tiling.rows // len(shown))):
        tiling.name_row(ax, row * tiling.columns, word)
    error = float((shown["input"] - shown["rebuilt"]).square().mean())
    figure.suptitle(f"reconstructions, mean squared error {error:.3g}")
    return figure


def paired(images: Tensor, *, lines: int = 0, depth: int = 2) -> Tiling:
    """Return places for at most ten images and, below each, `depth` - 1 others."""
    columns = min(len(images), PER_ROW)
    rows = -(-len(images) // columns)
    return Tiling(depth * rows * columns, columns, images.shape[-2] / images.shape[-1], lines, margin=0.25)


def upper(k: int, tiling: Tiling, *, depth: int = 2) -> int:
    """Return the place of image k; below it are those `tiling.columns` later and so on."""
    row, column = divmod(k, tiling.columns)
    return depth * row * tiling.columns + column
