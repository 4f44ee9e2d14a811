"""Images of made-up shapes with known places. Shapes: N images, S pixels of a side."""

from typing import ClassVar, Literal

import torch
from torch import Tensor

from ...card import TargetKind
from ...errors import UserError, unknown
from ...spec import BORDERS, Batch, DataSpec
from ..sequences.synthetic import Synthetic
from .pixels import to_unit_interval

KINDS = ("ellipse", "rectangle", "triangle", "cross")
OF_PIXELS = ("background", *KINDS)
SMALLEST, LARGEST = 1 / 8, 1 / 3  # half a side of a box, in sides of the image
CONTRAST = 0.3  # between each channel of the shape and of the background, at least


class Shapes(Synthetic):
    """RGB images x (N, 3, S, S) in [0, 1] of an ellipse, rectangle, triangle or cross of random place, size and color.

    target: "class" is the kind of shape; "box" the left, top, right and lower border of the shape, 4 numbers from 0 to
    1, in sides of the image; "class_box" the kind of shape and these 4 numbers, (N, 5); "mask" the class of each pixel,
    (N, S, S): background or the kind of shape. size: S, at least 16; noise: standard deviation of the noise of pixels;
    train, val, test: numbers of images, val may be 0.
    Raises UserError for values out of range.
    """

    batch_size: ClassVar[int] = 50
    target_kind: ClassVar[dict[str, TargetKind]] = {
        "class": "classes",
        "box": "real",
        "class_box": "class_box",
        "mask": "class_map",
    }

    def __init__(
        self,
        *,
        target: Literal["class", "box", "class_box", "mask"] = "class",
        size: int = 32,
        noise: float = 0.05,
        train: int = 2000,
        val: int = 200,
        test: int = 1000,
        seed: int = 0,
    ) -> None:
        super().__init__(train=train, val=val, test=test, seed=seed)
        if target not in self.target_kind:
            raise unknown("target", target, self.target_kind)
        if size < 16:
            raise UserError(f"size is {size}; it is the number of pixels of a side, at least 16")
        if not 0 <= noise <= 1:
            raise UserError(f"noise is {noise:g}; it must be from 0 to 1")
        self.target = target
        self.size = size
        self.noise = noise
        self.target_has_places = target != "class"
        self.transform = to_unit_interval
        shape = (3, size, size)
        self.spec = {
            "class": DataSpec("real", shape, "classes", len(KINDS), low=0.0, high=1.0, labels=KINDS),
            "box": DataSpec("real", shape, "real", len(BORDERS), low=0.0, high=1.0, labels=BORDERS),
            "class_box": DataSpec("real", shape, "class_box", len(KINDS), low=0.0, high=1.0, labels=KINDS),
            "mask": DataSpec("real", shape, "class_map", len(OF_PIXELS), low=0.0, high=1.0, labels=OF_PIXELS),
        }[target]

    def sample(self, n: int) -> Batch:
        """Sample kinds, boxes and colors, and draw the images as bytes (N, 3, S, S)."""
        generator = torch.Generator().manual_seed(self.seed)
        kind = torch.randint(len(KINDS), (n,), generator=generator)
        half = SMALLEST + (LARGEST - SMALLEST) * torch.rand(n, 2, generator=generator)  # of width and height
        centre = half + (1 - 2 * half) * torch.rand(n, 2, generator=generator)
        inside = insides(self.size, centre, half)[kind, torch.arange(n)]  # (N, S, S)
        background, offset = torch.rand(2, n, 3, 1, 1, generator=generator)
        color = (background + CONTRAST + (1 - 2 * CONTRAST) * offset) % 1
        covered = (inside + 0.5).clamp(0, 1).unsqueeze(1)
        x = color * covered + background * (1 - covered)
        x = x + self.noise * torch.randn(x.shape, generator=generator)
        box = torch.cat([centre - half, centre + half], 1)
        targets = {
            "class": kind,
            "box": box,
            "class_box": torch.cat([kind[:, None], box], 1),
            "mask": (inside > 0) * (kind + 1)[:, None, None],
        }
        return Batch((x.clamp(0, 1) * 255).round().byte(), targets[self.target])


def insides(size: int, centre: Tensor, half: Tensor) -> Tensor:
    """Return about how far, in pixels, each pixel is inside a shape of each kind, negative outside: (4, N, S, S).

    centre, half: of the boxes, (N, 2) as right and down, in sides of the image.
    """
    places = (torch.arange(size) + 0.5) / size
    right = ((places - centre[:, :1]) / half[:, :1]).abs()[:, None, :]  # in half boxes, symmetric
    below = ((places - centre[:, 1:]) / half[:, 1:])[:, :, None]
    down = below.abs()
    bar = 1 / 3  # half the width of the bars of a cross
    shapes = [
        1 - (right.square() + down.square()).sqrt(),
        torch.minimum(1 - right, 1 - down),
        torch.minimum((1 + below) / 2 - right, 1 - below),
        torch.maximum(torch.minimum(1 - right, bar - down), torch.minimum(bar - right, 1 - down)),
    ]
    return torch.stack(shapes) * (size * half.amin(1))[:, None, None]
