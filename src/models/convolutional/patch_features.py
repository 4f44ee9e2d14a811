"""A linear layer on features of patches.

Shapes: B images, C channels, H x W pixels, O outputs.
"""

from collections.abc import Sequence

import torch
from torch import nn

from ...layers.conv.patch_code import PatchCode
from ...layers.conv.sizes import size_after
from ...layers.conv.units import check_sizes
from .network import ConvNet


class PatchFeatureNet(ConvNet):
    """Similarities of all patches to centroids, their mean in pool x pool regions, and a linear layer.

    task=patch_kmeans finds the centroids in the training images by k-means; without it they are random.
    centroids: their number; patch: side of the patches; pool: regions in height and in width.
    Raises ValueError for sizes below 1, and for images that are too small for a patch in each region.
    Coates et al. 2011; Aggarwal 8.8.
    """

    def __init__(
        self,
        *,
        in_shape: Sequence[int],
        out_features: int,
        centroids: int = 100,
        patch: int = 6,
        pool: int = 2,
    ) -> None:
        super().__init__()
        check_sizes({"centroids": centroids, "patch": patch, "pool": pool})
        maps, *size = in_shape
        with torch.device("meta"):
            path = nn.Sequential(nn.Conv2d(1, 1, patch), nn.AvgPool2d(pool))
        size_after(path, size)
        self.layers = nn.Sequential(
            PatchCode(maps, centroids, patch),
            nn.AdaptiveAvgPool2d(pool),
            nn.Flatten(),
            nn.Linear(centroids * pool**2, out_features),
        )
