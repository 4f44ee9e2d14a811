"""Random points in the plane with two classes, linearly separable or not.

Source: Aggarwal 1.2.1 (figure 1.4), 2.2.2.1 and exercise 1.11. Shapes: N points.
"""

import math
from typing import ClassVar

import torch

from ...errors import UserError
from ...spec import Batch, DataSpec
from ..sequences.synthetic import Synthetic


class FirstGreater(Synthetic):
    """Points x (N, 2) of the unit square; class 1 ("yes"), y (N,): the first coordinate is greater than the second.

    margin: smallest difference of the two coordinates, at least 0 and below 1; train, val, test: numbers of points, val
    may be 0. The classes are linearly separable. Raises UserError for values out of range.
    """

    batch_size: ClassVar[int] = 1

    def __init__(
        self,
        *,
        margin: float = 0.0,
        train: int = 20,
        val: int = 0,
        test: int = 1000,
        seed: int = 0,
    ) -> None:
        super().__init__(train=train, val=val, test=test, seed=seed)
        if not 0 <= margin < 1:
            raise UserError(f"margin is {margin}; it must be at least 0 and below 1")
        self.margin = margin
        self.spec = DataSpec("real", (2,), "classes", 2, low=0.0, high=1.0, labels=("no", "yes"))

    def sample(self, n: int) -> Batch:
        """Sample points uniformly from the two triangles of the square."""
        generator = torch.Generator().manual_seed(self.seed)
        two = (1 - self.margin) * torch.rand(n, 2, generator=generator)
        less, greater = two.amin(1), two.amax(1) + self.margin
        first = torch.rand(n, generator=generator) < 0.5
        x = torch.stack([greater.where(first, less), less.where(first, greater)], 1)
        return Batch(x, (x[:, 0] > x[:, 1]).long())


class Gaussians(Synthetic):
    """Two Gaussian clusters of points in the plane with standard deviation 1, one class each: x (N, 2), y (N,).

    distance: between the means, at least 0; outliers: fraction of the right cluster's points to whose first coordinate
    `shift` is added: with shift > 0 they lie far on their own side, with shift < 0 on the side of the other class.
    train, val, test: numbers of points, val may be 0. Raises UserError for values out of range.
    """

    batch_size: ClassVar[int] = 10

    def __init__(
        self,
        *,
        distance: float = 2.0,
        outliers: float = 0.0,
        shift: float = 20.0,
        train: int = 200,
        val: int = 100,
        test: int = 1000,
        seed: int = 0,
    ) -> None:
        super().__init__(train=train, val=val, test=test, seed=seed)
        if not 0 <= distance < math.inf:
            raise UserError(f"distance is {distance}; it must be at least 0 and finite")
        if not 0 <= outliers <= 1:
            raise UserError(f"outliers is {outliers}; it must be a fraction, from 0 to 1")
        if not math.isfinite(shift):
            raise UserError(f"shift is {shift}; it must be finite")
        self.distance = distance
        self.outliers = outliers
        self.shift = shift
        self.spec = DataSpec("real", (2,), "classes", 2, labels=("left", "right"))

    def sample(self, n: int) -> Batch:
        """Sample classes, points and which of them are outliers."""
        generator = torch.Generator().manual_seed(self.seed)
        y = torch.randint(2, (n,), generator=generator)
        x = torch.randn(n, 2, generator=generator)
        far = (torch.rand(n, generator=generator) < self.outliers) & (y == 1)
        x[:, 0] += self.distance * (y - 0.5) + self.shift * far
        return Batch(x, y)


class Spirals(Synthetic):
    """Two interleaved spirals of points in the plane, one class each: x (N, 2), y (N,).

    turns: number of turns of each spiral, above 0; noise: standard deviation of the noise added to both coordinates, at
    least 0; the outer radius is 1. train, val, test: numbers of points, val may be 0. Raises UserError for values out
    of range.
    """

    batch_size: ClassVar[int] = 20

    def __init__(
        self,
        *,
        turns: float = 1.5,
        noise: float = 0.02,
        train: int = 500,
        val: int = 100,
        test: int = 1000,
        seed: int = 0,
    ) -> None:
        super().__init__(train=train, val=val, test=test, seed=seed)
        if not 0 < turns < math.inf:
            raise UserError(f"turns is {turns}; it must be above 0 and finite")
        if not 0 <= noise < math.inf:
            raise UserError(f"noise is {noise}; it is a standard deviation, at least 0 and finite")
        self.turns = turns
        self.noise = noise
        self.spec = DataSpec("real", (2,), "classes", 2, labels=("one", "other"))

    def sample(self, n: int) -> Batch:
        """Sample radii, evenly along the spirals, and classes; the second spiral is the first turned by 180 degrees."""
        generator = torch.Generator().manual_seed(self.seed)
        y = torch.randint(2, (n,), generator=generator)
        radius = torch.rand(n, generator=generator).sqrt()
        angle = 2 * math.pi * self.turns * radius + math.pi * y
        x = radius[:, None] * torch.stack([angle.cos(), angle.sin()], 1)
        return Batch(x + self.noise * torch.randn(n, 2, generator=generator), y)
