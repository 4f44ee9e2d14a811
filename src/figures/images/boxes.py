"""Images with predicted and true bounding boxes.

Shapes: B images, C channels, H height, W width.
"""

from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from torch import Tensor

from ..style import RIGHT, VERMILION, WRONG, class_name, in_style
from .predicted import COLUMNS, ONE_LINE
from .tiling import Tiling, new_tiling, tiled_figure

STYLES: dict[str, dict[str, Any]] = {
    "predicted box": {"color": VERMILION, "ls": "-", "lw": 2.0},
    "true box": {"color": "w", "ls": ":", "lw": 2.0},
}


@in_style
def plot_boxes(
    images: Tensor,
    predicted: Tensor,
    true: Tensor,
    overlaps: Tensor,
    labels: Sequence[str] = (),
    title: str = "predicted and true boxes",
) -> Figure:
    """Draw images (B, C, H, W) with predicted and true boxes, and titles with class and overlap.

    predicted, true: (B, 5), a class and left, top, right and lower border in sides of the image; overlaps: (B,), the
    intersection over union of both boxes. The title is red for a wrong class, with the true class, and for an overlap
    below a half.
    """
    tiling = new_tiling([*images], COLUMNS, lines=2)
    figure, ax = tiled_figure(tiling, extra_height=0.75)
    low, high = float(images.min()), float(images.max())
    rows = zip(images, predicted.tolist(), true.tolist(), overlaps.tolist(), strict=True)
    for index, (image, (kind, *box), (actual, *actual_box), overlap) in enumerate(rows):
        tiling.show(ax, index, image, low, high)
        draw_box(ax, tiling, index, actual_box, "true box")
        draw_box(ax, tiling, index, box, "predicted box")
        name, right = class_name(int(kind), labels, ONE_LINE), kind == actual
        second = f"overlap {overlap:.2f}" if right else f"not {class_name(int(actual), labels, ONE_LINE - 4)}"
        tiling.title(ax, index, f"{name}\n{second}", RIGHT if right and overlap >= 0.5 else WRONG)
    figure.suptitle(title)
    keys = [Line2D([], [], label=name, **style) for name, style in STYLES.items()]
    figure.legend(handles=keys, loc="outside lower center", ncols=2, frameon=True, facecolor="#999999")
    return figure


def draw_box(ax: Axes, tiling: Tiling, index: int, box: Sequence[float], kind: str) -> None:
    """Draw a box, given by its borders in sides of the image, on an image of a tiling."""
    x, y = tiling.top_left(index)
    left, top, right, bottom = box
    corner = (x + left, y + top * tiling.aspect)
    style = STYLES[kind]
    ax.add_patch(Rectangle(corner, right - left, (bottom - top) * tiling.aspect, fill=False, **style))
