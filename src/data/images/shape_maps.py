"""Images of overlapping shapes, and the class of each pixel.

Shapes: N images, S pixels of a side.
"""

from typing import ClassVar

import torch
from torch import Tensor

from ...errors import UserError
from ...spec import Batch, DataSpec
from ..sequences.synthetic import Synthetic

CLASSES = ("background", "disc", "square", "cross")


class ShapeMaps(Synthetic):
    """Grey images x (N, 1, S, S) in [0, 1] of a disc, a square and a cross; the target is a class for each pixel.

    y (N, S, S): background, disc, square or cross, where the shape on top counts. Places, sizes, brightness and order
    are random. size: S, at least 8; noise: standard deviation of the noise of each pixel, at least 0; train, val, test:
    numbers of images, val may be 0. Raises UserError for values out of range.
    """

    batch_size: ClassVar[int] = 50

    def __init__(
        self,
        *,
        size: int = 32,
        noise: float = 0.1,
        train: int = 1000,
        val: int = 100,
        test: int = 300,
        seed: int = 0,
    ) -> None:
        super().__init__(train=train, val=val, test=test, seed=seed)
        if size < 8:
            raise UserError(f"size is {size}; it is the number of pixels of a side, at least 8")
        if not 0 <= noise < float("inf"):
            raise UserError(f"noise is {noise}; it is a standard deviation, at least 0")
        self.size = size
        self.noise = noise
        self.spec = DataSpec("real", (1, size, size), "class_map", len(CLASSES), low=0.0, high=1.0, labels=CLASSES)

    def sample(self, n: int) -> Batch:
        """Sample places, sizes, brightness and order, and draw the shapes."""
        generator = torch.Generator().manual_seed(self.seed)
        x = torch.zeros(n, self.size, self.size)
        y = torch.zeros(n, self.size, self.size, dtype=torch.long)
        order = torch.rand(n, 3, generator=generator).argsort(1)
        centre = self.size * (0.15 + 0.7 * torch.rand(n, 3, 2, 1, 1, generator=generator))
        radius = self.size * (0.12 + 0.1 * torch.rand(n, 3, 1, 1, generator=generator))
        brightness = 0.4 + 0.6 * torch.rand(n, 3, 1, 1, generator=generator)
        places = torch.arange(self.size) + 0.5
        down = (places[:, None] - centre[:, :, 0]).abs() / radius  # (N, 3, S, S)
        right = (places - centre[:, :, 1]).abs() / radius
        inside = torch.stack([down**2 + right**2 < 1, torch.maximum(down, right) < 0.9, cross(down, right)])
        rows = torch.arange(n)
        for layer in range(3):  # later ones are on top
            shape = inside[order[:, layer], rows, layer]
            x = torch.where(shape, brightness[:, layer], x)
            y = torch.where(shape, order[:, layer].view(-1, 1, 1) + 1, y)
        noisy = x + self.noise * torch.randn(x.shape, generator=generator)
        return Batch(noisy.clamp(0, 1).unsqueeze(1), y)


def cross(down: Tensor, right: Tensor) -> Tensor:
    """Return the pixels of two bars. down, right: distances from the centre in units of half the length of a bar."""
    return (torch.maximum(down, right) < 1.1) & (torch.minimum(down, right) < 0.35)
