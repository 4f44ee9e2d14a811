"""Features of patches by their distances to centroids.

Shapes: B images, C channels, H x W pixels, k patch side, N = C k^2 numbers of a patch, P patches, K centroids,
h x w places of a patch.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn

SPREAD = 1e-2  # added to the variance of the pixels of a patch, for pixels in [0, 1]
NOISE = 1e-2  # added to the variances of directions before they are divided by their root

TINY = 1e-12


class PatchCode(nn.Module):
    """max(0, mean distance - distance to centroid k) of each patch, for K centroids that `fit` finds with k-means.

    A patch has its mean subtracted, is divided by its standard deviation, and is whitened. Before `fit` the centroids
    are random. Nothing is trained by gradients: centroids and whitening are buffers, which are saved with the network.
    Coates et al. 2011, sections 3 and 4; Aggarwal 8.8.
    """

    mean: Tensor
    whitening: Tensor
    centroids: Tensor

    def __init__(self, in_channels: int, centroids: int, patch: int) -> None:
        super().__init__()
        self.patch = patch
        size = in_channels * patch**2
        self.register_buffer("mean", torch.zeros(size))
        self.register_buffer("whitening", torch.eye(size))
        self.register_buffer("centroids", torch.randn(centroids, size))

    def patches(self, x: Float[Tensor, "B C H W"]) -> Float[Tensor, "B L N"]:
        """Return the patches at all L places, normalized one by one."""
        found = nn.functional.unfold(x, self.patch).transpose(1, 2)
        centred = found - found.mean(-1, keepdim=True)
        return centred / (centred.square().mean(-1, keepdim=True) + SPREAD).sqrt()

    @torch.no_grad()
    def fit(self, patches: Float[Tensor, "P N"], *, seed: int) -> None:
        """Set whitening and centroids from normalized patches.

        Whitening is in float64. Raises ValueError for fewer patches than centroids.
        """
        from sklearn.cluster import MiniBatchKMeans  # slow to import

        if len(patches) < len(self.centroids):
            raise ValueError(f"{len(patches)} patches are fewer than {len(self.centroids)} centroids")
        exact = patches.double()
        mean = exact.mean(0)
        variances, directions = torch.linalg.eigh((exact - mean).T @ (exact - mean) / len(exact))
        whitening = directions / (variances.clamp(min=0) + NOISE).sqrt() @ directions.T
        white = (exact - mean) @ whitening
        kmeans = MiniBatchKMeans(len(self.centroids), random_state=seed, n_init=1).fit(white.cpu().numpy())
        self.mean.copy_(mean)
        self.whitening.copy_(whitening)
        self.centroids.copy_(torch.from_numpy(kmeans.cluster_centers_))

    def forward(self, x: Float[Tensor, "B C H W"]) -> Float[Tensor, "B K h w"]:
        """Return the features of the patches at all places."""
        white = (self.patches(x) - self.mean) @ self.whitening
        squares = white.square().sum(-1, keepdim=True) + self.centroids.square().sum(-1) - 2 * white @ self.centroids.T
        distances = squares.clamp(min=TINY).sqrt()  # (B, L, K); the root has no gradient at 0
        code = (distances.mean(-1, keepdim=True) - distances).relu()
        height, width = (side - self.patch + 1 for side in x.shape[-2:])
        return code.transpose(1, 2).unflatten(-1, (height, width))
