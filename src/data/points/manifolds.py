"""Points on curves and surfaces of lower dimension, for nonlinear dimensionality reduction.

Shapes: N points.
"""

import math
from abc import abstractmethod
from typing import ClassVar

import torch
from torch import Tensor

from ...errors import UserError
from ...spec import Batch, DataSpec
from ..sequences.synthetic import Synthetic


class Manifold(Synthetic):
    """Noisy points on a curve or surface; the target is known from the point without noise.

    noise: standard deviation of the noise added to every coordinate, at least 0; train, val, test: numbers of points,
    val may be 0. Raises UserError for values out of range.
    """

    batch_size: ClassVar[int] = 50

    def __init__(self, *, noise: float, train: int, val: int, test: int, seed: int) -> None:
        super().__init__(train=train, val=val, test=test, seed=seed)
        if not 0 <= noise < math.inf:
            raise UserError(f"noise is {noise}; it is a standard deviation, at least 0 and finite")
        self.noise = noise

    @abstractmethod
    def points(self, n: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Return `n` points without noise, and their targets: (N, F) and (N, D)."""

    def sample(self, n: int) -> Batch:
        """Sample points, and noise around them."""
        generator = torch.Generator().manual_seed(self.seed)
        x, y = self.points(n, generator)
        return Batch(x + self.noise * torch.randn(x.shape, generator=generator), y)


class SwissRoll(Manifold):
    """The Swiss roll, a rectangle that is rolled up in three dimensions: x (N, 3), y (N, 1).

    The points are uniformly distributed in the angle t from 1.5 pi to 4.5 pi and in the height h from 0 to 21, as in
    scikit-learn's `make_swiss_roll`: x = (t cos t, h, t sin t). The target is the position along the spiral, from 0 at
    its inner end to 1. noise: standard deviation of the noise added to every coordinate, at least 0; train, val, test:
    numbers of points, val may be 0. Raises UserError for values out of range.
    """

    def __init__(
        self, *, noise: float = 0.0, train: int = 1000, val: int = 200, test: int = 1000, seed: int = 0
    ) -> None:
        super().__init__(noise=noise, train=train, val=val, test=test, seed=seed)
        self.spec = DataSpec("real", (3,), "real", 1, labels=("position",))

    def points(self, n: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Sample positions along the spiral and heights."""
        position, height = torch.rand(2, n, generator=generator)
        angle = 1.5 * math.pi * (1 + 2 * position)
        return torch.stack([angle * angle.cos(), 21 * height, angle * angle.sin()], 1), position[:, None]


class Spiral3D(Manifold):
    """A conical spiral, a curve in three dimensions: x (N, 3), y (N, 1). After Aggarwal figures 2.9 and 2.10.

    x = (r cos a, r sin a, 2 u - 1) with the radius r = (1 + u) / 2 and the angle a = 2 pi turns u. The target is the
    position u, uniformly distributed from 0 to 1. turns: number of turns, above 0; noise: standard deviation of the
    noise added to every coordinate, at least 0; train, val, test: numbers of points, val may be 0. Raises UserError for
    values out of range.
    """

    def __init__(
        self,
        *,
        turns: float = 2.0,
        noise: float = 0.02,
        train: int = 1000,
        val: int = 200,
        test: int = 1000,
        seed: int = 0,
    ) -> None:
        super().__init__(noise=noise, train=train, val=val, test=test, seed=seed)
        if not 0 < turns < math.inf:
            raise UserError(f"turns is {turns}; it must be above 0 and finite")
        self.turns = turns
        self.spec = DataSpec("real", (3,), "real", 1, labels=("position",))

    def points(self, n: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Sample positions along the spiral."""
        position = torch.rand(n, generator=generator)
        angle, radius = 2 * math.pi * self.turns * position, (1 + position) / 2
        return torch.stack([radius * angle.cos(), radius * angle.sin(), 2 * position - 1], 1), position[:, None]


class NoisyCurve(Manifold):
    """Points around one period of a sine, a curve in the plane: x (N, 2), y (N, 2). After Aggarwal figure 4.10.

    The points of the curve are (u, height sin(pi u)) with u uniformly distributed from -1 to 1. The target is the point
    of the curve without noise, so its first coordinate is the position along the curve. height: of the sine, above 0;
    noise: standard deviation of the noise added to both coordinates, at least 0; train, val, test: numbers of points,
    val may be 0. Raises UserError for values out of range.
    """

    def __init__(
        self,
        *,
        height: float = 0.5,
        noise: float = 0.1,
        train: int = 1000,
        val: int = 200,
        test: int = 1000,
        seed: int = 0,
    ) -> None:
        super().__init__(noise=noise, train=train, val=val, test=test, seed=seed)
        if not 0 < height < math.inf:
            raise UserError(f"height is {height}; it must be above 0 and finite")
        self.height = height
        self.spec = DataSpec("real", (2,), "real", 2, labels=("clean_1", "clean_2"))

    def points(self, n: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Sample positions along the curve; the targets are the points themselves."""
        place = 2 * torch.rand(n, generator=generator) - 1
        x = torch.stack([place, self.height * (math.pi * place).sin()], 1)
        return x, x
