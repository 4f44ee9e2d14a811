"""Points on a circle in the plane, without a target: data for generative models. Shapes: N points."""

import math
from typing import ClassVar

import torch

from ...errors import UserError
from ...spec import Batch, DataSpec
from ..sequences.synthetic import Synthetic


class Ring(Synthetic):
    """Noisy points on a circle around the origin, or a ring of Gaussian clusters: x (N, 2); there is no target.

    radius: of the circle, above 0; noise: standard deviation of the noise added to both coordinates, at least 0;
    gaussians: number of clusters, with means evenly spaced on the circle, the first at (radius, 0); null for angles
    with a uniform distribution. train, val, test: numbers of points, val may be 0. Raises UserError for values out of
    range.
    """

    batch_size: ClassVar[int] = 100

    def __init__(
        self,
        *,
        radius: float = 1.0,
        noise: float = 0.05,
        gaussians: int | None = None,
        train: int = 1000,
        val: int = 500,
        test: int = 1000,
        seed: int = 0,
    ) -> None:
        super().__init__(train=train, val=val, test=test, seed=seed)
        if not 0 < radius < math.inf:
            raise UserError(f"radius is {radius}; it must be above 0 and finite")
        if not 0 <= noise < math.inf:
            raise UserError(f"noise is {noise}; it is a standard deviation, at least 0 and finite")
        if gaussians is not None and gaussians < 1:
            raise UserError(f"gaussians is {gaussians}; it must be at least 1, or null")
        self.radius = radius
        self.noise = noise
        self.gaussians = gaussians
        self.spec = DataSpec("real", (2,), "none", 0)

    def sample(self, n: int) -> Batch:
        """Sample angles, and noise around the points of the circle."""
        generator = torch.Generator().manual_seed(self.seed)
        turns = torch.rand(n, generator=generator)
        if self.gaussians is not None:
            turns = (turns * self.gaussians).floor() / self.gaussians
        angle = 2 * math.pi * turns
        x = self.radius * torch.stack([angle.cos(), angle.sin()], 1)
        return Batch(x + self.noise * torch.randn(n, 2, generator=generator), torch.zeros(n))
