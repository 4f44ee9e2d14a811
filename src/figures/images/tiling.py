"""Many small images in one pair of axes, which is drawn ten times as fast as axes for each.

Shapes: C channels (1 or 3 are drawn as they are, others as their mean), H height, W width.
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

LINE = 0.14  # inches, of a line of text
GAP = 0.06  # between images, in widths of an image
ROOM = WIDTH - 0.1  # inches, for all columns
COLOURBAR = 0.75  # of them


@dataclass(frozen=True)
class Tiling:
    """Places for images in rows: each is 1 wide and `aspect` high, below `head`, the room for its title.

    margin: left of the first column, for names of rows; room: inches for all columns.
    """

    count: int
    columns: int
    aspect: float = 1.0
    lines: int = 0
    margin: float = 0.0
    room: float = ROOM

    @property
    def rows(self) -> int:
        """Number of rows."""
        return ceil(self.count / self.columns)

    @property
    def inch(self) -> float:
        """Widths of an image in an inch."""
        return (self.columns * (1 + GAP) + self.margin) / self.room

    @property
    def head(self) -> float:
        """Room above each image."""
        return GAP + self.lines * LINE * self.inch

    @property
    def height(self) -> float:
        """Height of all rows in inches."""
        return self.rows * (self.aspect + self.head) / self.inch

    def corner(self, place: int) -> tuple[float, float]:
        """Return left and upper end of an image; y goes down."""
        row, column = divmod(place, self.columns)
        return column * (1 + GAP), row * (self.aspect + self.head) + self.head

    def prepare(self, ax: Axes) -> None:
        """Give axes the size of all places, and take their lines away."""
        ax.set_xlim(-self.margin, self.columns * (1 + GAP) - GAP)
        ax.set_ylim(self.rows * (self.aspect + self.head), 0)
        ax.set_aspect("equal")
        ax.axis("off")

    def show(self, ax: Axes, place: int, image: Tensor, low: float, high: float, cmap: str = "gray") -> AxesImage:
        """Show an image (C, H, W) whose values lie in [low, high] at a place; of one channel by a colour map."""
        left, top = self.corner(place)
        shown = ax.imshow(
            pixels(image, low, high),
            cmap=cmap,
            vmin=low,
            vmax=high,
            extent=(left, left + 1, top + self.aspect, top),
            aspect="equal",
        )
        ax.set_xlim(-self.margin, self.columns * (1 + GAP) - GAP)  # which imshow has changed
        ax.set_ylim(self.rows * (self.aspect + self.head), 0)
        return shown

    def frame(self, ax: Axes, place: int, colour: str = RIGHT, width: float = 0.5) -> None:
        """Draw a frame around an image."""
        ax.add_patch(
            Rectangle(self.corner(place), 1, self.aspect, fill=False, edgecolor=colour, linewidth=width, clip_on=False)
        )

    def title(self, ax: Axes, place: int, text: str, colour: str = RIGHT) -> None:
        """Write above an image."""
        left, top = self.corner(place)
        ax.text(left + 0.5, top - GAP / 2, text, ha="center", va="bottom", color=colour, fontsize=SMALL)

    def name_row(self, ax: Axes, place: int, text: str) -> None:
        """Write left of an image, upwards."""
        _, top = self.corner(place)
        ax.text(-GAP, top + self.aspect / 2, text, ha="right", va="center", rotation=90, fontsize=SMALL)


def pixels(image: Tensor, low: float, high: float) -> np.ndarray:
    """Return an image (C, H, W) as Matplotlib draws it: (H, W, 3) in [0, 1] of three channels, else (H, W)."""
    values: np.ndarray = image.detach().float().cpu().numpy()
    if len(values) == 3:
        return np.clip((values.transpose(1, 2, 0) - low) / max(high - low, 1e-12), 0, 1)
    return values.mean(0)


def new_tiling(images: Sequence[Tensor], columns: int, *, lines: int = 0, room: float = ROOM) -> Tiling:
    """Return places for images (C, H, W) of one size with titles of so many lines."""
    height, width = images[0].shape[-2:]
    return Tiling(len(images), min(columns, len(images)), height / width, lines, room=room)


def tiled_figure(tiling: Tiling, *, further: float = 0.3) -> tuple[Figure, Axes]:
    """Return a figure with axes for places, and `further` inches for a title."""
    figure = new_figure(tiling.height + further)
    ax = figure.subplots()
    tiling.prepare(ax)
    return figure, ax
