"""Short videos of a moving disc.

Shapes: N videos, T frames, S pixels of a side.
"""

from typing import ClassVar

import torch

from ...card import TargetKind
from ...errors import UserError
from ...spec import Batch, DataSpec
from ..sequences.synthetic import Synthetic

DIRECTIONS = {"right": (0.0, 1.0), "down": (1.0, 0.0), "left": (0.0, -1.0), "up": (-1.0, 0.0)}
"""Pixels per frame, down and to the right."""


class MovingShapes(Synthetic):
    """Grey videos x (N, T, S, S) in [0, 1] of a disc that moves; the class is its direction: right, down, left, up.

    The frames are the channels of an image. The disc starts anywhere, and what leaves the image comes back on the
    other side, so that a single frame does not tell the direction. frames: T, at least 2; size: S, at least 8; speed:
    pixels per frame, above 0 and below a quarter of the side; noise: standard deviation of the noise of each pixel, at
    least 0; train, val, test: numbers of videos, val may be 0. Raises UserError for values out of range.
    Aggarwal 8.6.5.
    """

    batch_size: ClassVar[int] = 50
    target_kind: ClassVar[TargetKind] = "classes"

    def __init__(
        self,
        *,
        frames: int = 6,
        size: int = 16,
        speed: float = 1.0,
        noise: float = 0.1,
        train: int = 1000,
        val: int = 200,
        test: int = 500,
        seed: int = 0,
    ) -> None:
        super().__init__(train=train, val=val, test=test, seed=seed)
        if frames < 2:
            raise UserError(f"frames is {frames}; a video has at least 2")
        if size < 8:
            raise UserError(f"size is {size}; it is the number of pixels of a side, at least 8")
        if not 0 < speed < size / 4:
            raise UserError(f"speed is {speed}; it must be above 0 and below {size / 4:g} pixels per frame")
        if not 0 <= noise < float("inf"):
            raise UserError(f"noise is {noise}; it is a standard deviation, at least 0")
        self.frames = frames
        self.size = size
        self.speed = speed
        self.noise = noise
        self.spec = DataSpec("real", (frames, size, size), "classes", 4, low=0.0, high=1.0, labels=tuple(DIRECTIONS))

    def sample(self, n: int) -> Batch:
        """Sample directions, radii and starts, and draw the frames."""
        generator = torch.Generator().manual_seed(self.seed)
        classes = torch.randint(len(DIRECTIONS), (n,), generator=generator)
        start = self.size * torch.rand(n, 1, 2, generator=generator)
        radius = self.size * (0.1 + 0.1 * torch.rand(n, 1, 1, 1, generator=generator))
        velocity = self.speed * torch.tensor(list(DIRECTIONS.values()))[classes]
        centre = start + torch.arange(self.frames).view(-1, 1) * velocity.unsqueeze(1)  # (N, T, 2)
        places = torch.arange(self.size) + 0.5
        half = self.size / 2
        offset = (places - centre.unsqueeze(-1) + half).remainder(self.size) - half  # (N, T, 2, S), around the border
        distance = (offset[:, :, 0, :, None].square() + offset[:, :, 1, None].square()).sqrt()
        discs = (radius - distance + 0.5).clamp(0, 1)  # the border of a disc is as wide as a pixel
        noise = self.noise * torch.randn(discs.shape, generator=generator)
        return Batch((discs + noise).clamp(0, 1), classes)
