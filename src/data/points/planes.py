"""Points in the plane with two classes, drawn by seed: those that a line separates and those that none does.

Source: Aggarwal 1.2.1 (figure 1.4), 2.2.2.1 and exercise 1.11. Shapes: N points.
"""

import math
from typing import ClassVar

import torch

from ...errors import UserError
from ...spec import Batch, DataSpec
from ..sequences.synthetic import Synthetic


class FirstGreater(Synthetic):
    """Points of the unit square: is the first number the greater one? x (N, 2), y (N,).

    margin: least difference of the two numbers, at least 0 and below 1; the rest as in `Synthetic`. A line separates
    the classes. Raises UserError for values out of range.
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

    def draw(self, n: int) -> Batch:
        """Draw points evenly from the two triangles of the square."""
        generator = torch.Generator().manual_seed(self.seed)
        two = (1 - self.margin) * torch.rand(n, 2, generator=generator)
        less, greater = two.amin(1), two.amax(1) + self.margin
        first = torch.rand(n, generator=generator) < 0.5
        x = torch.stack([greater.where(first, less), less.where(first, greater)], 1)
        return Batch(x, (x[:, 0] > x[:, 1]).long())


class Gaussians(Synthetic):
    """Two round clouds of points with standard deviation 1, side by side: x (N, 2), y (N,).

    distance: between their centres, at least 0; outliers: share of the right cloud's points that are moved by `shift`
    along the first axis, to the right for a shift above 0: far on their own side; below 0: on the wrong one. The rest
    as in `Synthetic`. Raises UserError for values out of range.
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
            raise UserError(f"outliers is {outliers}; it is a share, from 0 to 1")
        if not math.isfinite(shift):
            raise UserError(f"shift is {shift}; it must be finite")
        self.distance = distance
        self.outliers = outliers
        self.shift = shift
        self.spec = DataSpec("real", (2,), "classes", 2, labels=("left", "right"))

    def draw(self, n: int) -> Batch:
        """Draw classes, points and which of them are outliers."""
        generator = torch.Generator().manual_seed(self.seed)
        y = torch.randint(2, (n,), generator=generator)
        x = torch.randn(n, 2, generator=generator)
        far = (torch.rand(n, generator=generator) < self.outliers) & (y == 1)
        x[:, 0] += self.distance * (y - 0.5) + self.shift * far
        return Batch(x, y)


class Spirals(Synthetic):
    """Two spirals, one inside the other: x (N, 2), y (N,).

    turns: of each, above 0; noise: standard deviation of the points around them, at least 0, where the radius is 1.
    The rest as in `Synthetic`. Raises UserError for values out of range.
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

    def draw(self, n: int) -> Batch:
        """Draw radii, evenly along the spirals, and classes; the other spiral is the one turned by half a circle."""
        generator = torch.Generator().manual_seed(self.seed)
        y = torch.randint(2, (n,), generator=generator)
        radius = torch.rand(n, generator=generator).sqrt()
        angle = 2 * math.pi * self.turns * radius + math.pi * y
        x = radius[:, None] * torch.stack([angle.cos(), angle.sin()], 1)
        return Batch(x + self.noise * torch.randn(n, 2, generator=generator), y)
