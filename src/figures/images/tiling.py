"""Many small images in one `Axes`, which is ten times as fast as one `Axes` per image.

Shapes: C channels (3 are drawn in colour, others as their mean), H height, W width.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.patches import Rectangle
from torch import Tensor

from ..style import RIGHT, SMALL, WIDTH, new_figure

LINE = 0.14  # height of a line of text in inches
GAP = 0.06  # between images, in image widths
MAX_WIDTH = WIDTH - 0.1  # of all columns, in inches
COLOURBAR = 0.75  # width in inches


@dataclass(frozen=True)
class Tiling:
    """A layout of images in rows. Each image is 1 wide and `aspect` high, below a `header` for its title.

    count: number of images; lines: lines of text in a title; margin: space left of the first column for row names, in
    image widths; width: width of all columns in inches.
    """

    count: int
    columns: int
    aspect: float = 1.0
    lines: int = 0
    margin: float = 0.0
    width: float = MAX_WIDTH

    @property
    def rows(self) -> int:
        """Number of rows."""
        return ceil(self.count / self.columns)

    @property
    def widths_per_inch(self) -> float:
        """Image widths per inch."""
        return (self.columns * (1 + GAP) + self.margin) / self.width

    @property
    def header(self) -> float:
        """Space above each image, in image widths."""
        return GAP + self.lines * LINE * self.widths_per_inch

    @property
    def height(self) -> float:
        """Height of all rows in inches."""
        return self.rows * (self.aspect + self.header) / self.widths_per_inch

    def top_left(self, index: int) -> tuple[float, float]:
        """Return x and y of the top left corner of an image; y points down."""
        row, column = divmod(index, self.columns)
        return column * (1 + GAP), row * (self.aspect + self.header) + self.header

    def prepare(self, ax: Axes) -> None:
        """Set the limits of the axes to all images, and hide the axis lines."""
        ax.set_xlim(-self.margin, self.columns * (1 + GAP) - GAP)
        ax.set_ylim(self.rows * (self.aspect + self.header), 0)
        ax.set_aspect("equal")
        ax.axis("off")

    def show(self, ax: Axes, index: int, image: Tensor, low: float, high: float, cmap: str = "gray") -> AxesImage:
        """Draw an image (C, H, W) with values in [low, high]. cmap: colour map for one channel."""
        left, top = self.top_left(index)
        shown = ax.imshow(
            pixels(image, low, high),
            cmap=cmap,
            vmin=low,
            vmax=high,
            extent=(left, left + 1, top + self.aspect, top),
            aspect="equal",
        )
        ax.set_xlim(-self.margin, self.columns * (1 + GAP) - GAP)  # imshow changes the limits
        ax.set_ylim(self.rows * (self.aspect + self.header), 0)
        return shown

    def frame(self, ax: Axes, index: int, colour: str = RIGHT, width: float = 0.5) -> None:
        """Draw a frame around an image."""
        ax.add_patch(
            Rectangle(
                self.top_left(index), 1, self.aspect, fill=False, edgecolor=colour, linewidth=width, clip_on=False
            )
        )

    def title(self, ax: Axes, index: int, text: str, colour: str = RIGHT) -> None:
        """Write a title above an image."""
        left, top = self.top_left(index)
        ax.text(left + 0.5, top - GAP / 2, text, ha="center", va="bottom", color=colour, fontsize=SMALL)

    def name_row(self, ax: Axes, index: int, text: str) -> None:
        """Write a vertical row name left of an image."""
        _, top = self.top_left(index)
        ax.text(-GAP, top + self.aspect / 2, text, ha="right", va="center", rotation=90, fontsize=SMALL)


def pixels(image: Tensor, low: float, high: float) -> np.ndarray:
    """Return an image (C, H, W) for `imshow`: (H, W, 3) in [0, 1] for three channels, else (H, W)."""
    values: np.ndarray = image.detach().float().cpu().numpy()
    if len(values) == 3:
        return np.clip((values.transpose(1, 2, 0) - low) / max(high - low, 1e-12), 0, 1)
    return values.mean(0)


def new_tiling(images: Sequence[Tensor], columns: int, *, lines: int = 0, width: float = MAX_WIDTH) -> Tiling:
    """Return a tiling for images (C, H, W) of the same size. lines: lines of text in a title."""
    rows, pixels_wide = images[0].shape[-2:]
    return Tiling(len(images), min(columns, len(images)), rows / pixels_wide, lines, width=width)


def tiled_figure(tiling: Tiling, *, extra_height: float = 0.3) -> tuple[Figure, Axes]:
    """Return a figure and axes for a tiling. extra_height: inches for the title of the figure."""
    figure = new_figure(tiling.height + extra_height)
    ax = figure.subplots()
    tiling.prepare(ax)
    return figure, ax
