"""Images drawn from a few known numbers, so that they are on a surface of low dimension in the space of pixels.

Shapes: N images, S pixels of a side, D factors.
"""

from abc import abstractmethod
from typing import ClassVar

import torch
from torch import Tensor

from ...card import TargetKind
from ...errors import UserError
from ...spec import Batch, DataSpec
from ..sequences.synthetic import Synthetic


class FactorImages(Synthetic):
    """Grey images x (N, 1, S, S) in [0, 1] and the factors from which they are drawn, y (N, D), uniform in [-1, 1].

    size: S, at least 8; train, val, test: numbers of images, val may be 0. Raises UserError for values out of range.
    """

    batch_size: ClassVar[int] = 50
    target_kind: ClassVar[TargetKind] = "real"
    target_has_places = True
    factors: ClassVar[tuple[str, ...]]

    def __init__(self, *, size: int, train: int, val: int, test: int, seed: int) -> None:
        super().__init__(train=train, val=val, test=test, seed=seed)
        if size < 8:
            raise UserError(f"size is {size}; it is the number of pixels of a side, at least 8")
        self.size = size
        self.spec = DataSpec("real", (1, size, size), "real", len(self.factors), low=0.0, high=1.0, labels=self.factors)

    @abstractmethod
    def draw(self, factors: Tensor, down: Tensor, right: Tensor) -> Tensor:
        """Return the images of factors (N, D, 1, 1): (N, S, S), values outside [0, 1] are clipped.

        down, right: coordinates of the pixels, (S, 1) and (S,), from -1 at the upper and left border to 1.
        """

    def sample(self, n: int) -> Batch:
        """Sample the factors and draw their images."""
        factors = 2 * torch.rand(n, len(self.factors), generator=torch.Generator().manual_seed(self.seed)) - 1
        places = (torch.arange(self.size) + 0.5) * (2 / self.size) - 1
        images = self.draw(factors[:, :, None, None], places[:, None], places)
        return Batch(images.clamp(0, 1).unsqueeze(1), factors)


class MovingBlob(FactorImages):
    """Images of a Gaussian blob; the target is its position, to the right and down: x (N, 1, S, S), y (N, 2).

    The images are on a surface of two dimensions. At the position (1, 1) the centre is at the distance `radius` from
    the lower and the right border. size: S, at least 8; radius: standard deviation of the blob in units of half a side,
    above 0 and below 1; train, val, test: numbers of images, val may be 0. Raises UserError for values out of range.
    """

    factors = ("right", "down")

    def __init__(
        self,
        *,
        size: int = 16,
        radius: float = 0.25,
        train: int = 2000,
        val: int = 200,
        test: int = 1000,
        seed: int = 0,
    ) -> None:
        super().__init__(size=size, train=train, val=val, test=test, seed=seed)
        if not 0 < radius < 1:
            raise UserError(f"radius is {radius}; it must be above 0 and below 1")
        self.radius = radius

    def draw(self, factors: Tensor, down: Tensor, right: Tensor) -> Tensor:
        """Draw the blobs."""
        centre = (1 - self.radius) * factors
        distance = (right - centre[:, 0]) ** 2 + (down - centre[:, 1]) ** 2
        return (distance / (-2 * self.radius**2)).exp()


class Faces(FactorImages):
    """Images of a drawn face; the target is its pose and the direction of the light: x (N, 1, S, S), y (N, 2).

    The images are on a surface of two dimensions. From pose -1 to 1 the face turns from left to right, and from light
    -1 to 1 the light moves from left to right. size: S, at least 8; train, val, test: numbers of images, val may be 0.
    Raises UserError for values out of range.
    """

    factors = ("pose", "light")

    def __init__(self, *, size: int = 28, train: int = 2000, val: int = 200, test: int = 1000, seed: int = 0) -> None:
        super().__init__(size=size, train=train, val=val, test=test, seed=seed)

    def draw(self, factors: Tensor, down: Tensor, right: Tensor) -> Tensor:
        """Draw the head as a shaded cylinder, with hair, eyes, nose and mouth on its surface."""
        pose, light = factors[:, 0], factors[:, 1]
        slope = self.size / 4  # borders are as wide as two pixels, so that the images change smoothly with the pose
        turn, direction = 0.6 * pose, 0.9 * light  # angles in radians

        def ellipse(across: Tensor | float, along: float, width: Tensor | float, height: float) -> Tensor:
            distance = (((right - across) / width) ** 2 + ((down - along) / height) ** 2).sqrt()
            return ((1 - distance) * height * slope + 0.5).clamp(0, 1)

        def feature(angle: float, along: float, width: float, height: float) -> Tensor:
            """Return an ellipse on the head. angle: to the right of the middle of the face."""
            return ellipse(0.65 * (angle + turn).sin(), along, width * (angle + turn).cos(), height)

        head = ellipse(0.0, 0.0, 0.7, 0.9)
        side = (right / 0.7).clamp(-1, 1)  # sine of the angle of the surface
        brightness = side * direction.sin() + (1 - side**2).sqrt() * direction.cos()
        hair = ((0.15 * (side - pose).abs() - 0.5 - down) * slope + 0.5).clamp(0, 1)
        left_eye, right_eye = (feature(angle, -0.15, 0.14, 0.09) for angle in (-0.45, 0.45))
        nose, mouth = 0.5 * feature(0.0, 0.15, 0.08, 0.16), feature(0.0, 0.5, 0.3, 0.08)
        image = head * (0.25 + 0.6 * brightness.clamp_min(0))
        for dark in (hair, left_eye, right_eye, nose, mouth):
            image = image * (1 - 0.8 * dark)
        return image
