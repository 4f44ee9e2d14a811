"""Local response normalization.

Shapes: B examples, C maps, *n pixels.
"""

from jaxtyping import Float
from torch import Tensor, nn


class LocalResponseNorm(nn.LocalResponseNorm):
    """a_i / (k + alpha sum_j a_j^2)^beta, where j runs over the `size` maps around map i, or over all maps.

    size: odd number of maps; maps beyond the first and the last are left out; None for all maps. torch divides alpha by
    the number of maps, the texts do not. Raises ValueError for an even size or a size below 1.
    Krizhevsky et al. 2012, section 3.3; Aggarwal 8.2.8, eq. 8.1 and 8.2, which print a_i in the sum where a_j is meant.
    """

    def __init__(self, size: int | None = 5, *, alpha: float = 1e-4, beta: float = 0.75, k: float = 2.0) -> None:
        if size is not None and (size < 1 or size % 2 == 0):
            raise ValueError(f"size is {size}; it must be an odd number of maps, or None for all maps")
        super().__init__(1 if size is None else size, alpha if size is None else alpha * size, beta, k)
        self.all_maps = size is None

    def forward(self, x: Float[Tensor, "B C *n"]) -> Float[Tensor, "B C *n"]:
        """Return the normalized maps."""
        if not self.all_maps:
            return super().forward(x)
        return x / (self.k + self.alpha * x.square().sum(1, keepdim=True)) ** self.beta
