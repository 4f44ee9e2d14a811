"""Points near a curved surface with planted outliers.

Source: Aggarwal 2.5.4. Shapes: N points, F features, K dimensions of the surface, H waves.
"""

import math

import torch
from torch import Tensor

from ...errors import UserError
from ...spec import Batch, DataSpec
from ..sequences.synthetic import Synthetic

WAVES = 20


class PlantedOutliers(Synthetic):
    """Points x (N, F) near a surface of K dimensions, and planted outliers: class 1 of y (N,), "outlier".

    A point of the surface is a linear function of the sines of H linear functions of z ~ N(0, I). Each coordinate of an
    outlier is that of another random point of the surface: each feature alone has the same distribution for inliers and
    outliers; only the dependence between features distinguishes them.
    features: F; dimensions: K, from 1 to F - 1; outliers: probability of an outlier, above 0 and below 1; noise:
    standard deviation of the noise added to all features, at least 0. An autoencoder does not see the classes.
    train, val, test: numbers of points, val may be 0. Raises UserError for values out of range.
    """

    def __init__(
        self,
        *,
        features: int = 10,
        dimensions: int = 2,
        outliers: float = 0.05,
        noise: float = 0.1,
        train: int = 1000,
        val: int = 200,
        test: int = 1000,
        seed: int = 0,
    ) -> None:
        super().__init__(train=train, val=val, test=test, seed=seed)
        if features < 2:
            raise UserError(f"features is {features}; it must be at least 2")
        if not 1 <= dimensions < features:
            raise UserError(f"dimensions is {dimensions}; it must be at least 1 and below features={features}")
        if not 0 < outliers < 1:
            raise UserError(f"outliers is {outliers}; it is a probability, above 0 and below 1")
        if not 0 <= noise < math.inf:
            raise UserError(f"noise is {noise}; it is a standard deviation, at least 0 and finite")
        self.features = features
        self.dimensions = dimensions
        self.outliers = outliers
        self.noise = noise
        self.spec = DataSpec("real", (features,), "classes", 2, labels=("inlier", "outlier"))

    def sample(self, n: int) -> Batch:
        """Sample the surface, points on it, and which of them are outliers."""
        generator = torch.Generator().manual_seed(self.seed)
        slopes = torch.randn(self.dimensions, WAVES, generator=generator)
        phases = 2 * math.pi * torch.rand(WAVES, generator=generator)
        mixing = torch.randn(WAVES, self.features, generator=generator) / math.sqrt(WAVES / 2)

        def surface(count: int) -> Tensor:
            return (torch.randn(count, self.dimensions, generator=generator) @ slopes + phases).sin() @ mixing

        inliers = surface(n)
        strangers = torch.stack([surface(n)[:, feature] for feature in range(self.features)], 1)
        y = (torch.rand(n, generator=generator) < self.outliers).long()
        x = strangers.where(y[:, None] == 1, inliers)
        return Batch(x + self.noise * torch.randn(n, self.features, generator=generator), y)
