"""Local response normalization.

Shapes: B examples, C maps, *n pixels.
"""

from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import pad


class LocalResponseNorm(nn.Module):
    """a_i / (k + alpha sum_j a_j^2)^beta, where j runs over the `size` maps around map i, or over all maps.

    size: odd number of maps; maps beyond the first and the last are left out; None for all maps. torch divides alpha by
    the number of maps, the texts do not. Raises ValueError for an even size or a size below 1.
    Krizhevsky et al. 2012, section 3.3; Aggarwal 8.2.8, eq. 8.1 and 8.2, which print a_i in the sum where a_j is meant.
    """

    def __init__(self, size: int | None = 5, *, alpha: float = 1e-4, beta: float = 0.75, k: float = 2.0) -> None:
        if size is not None and (size < 1 or size % 2 == 0):
            raise ValueError(f"size is {size}; it must be an odd number of maps, or None for all maps")
        super().__init__()
        self.size, self.alpha, self.beta, self.k = size, alpha, beta, k

    def forward(self, x: Float[Tensor, "B C *n"]) -> Float[Tensor, "B C *n"]:
        """Return the normalized maps."""
        return x / (self.k + self.alpha * self.sums(x.square())) ** self.beta

    def sums(self, squares: Float[Tensor, "B C *n"]) -> Float[Tensor, "B _ *n"]:
        """Return the sums over the maps around each map: adding shifted maps is faster than torch's average pooling."""
        if self.size is None:
            return squares.sum(1, keepdim=True)
        maps, beside = squares.shape[1], self.size // 2
        padded = pad(squares, (*(0, 0) * (squares.ndim - 2), beside, beside))
        total = padded.narrow(1, 0, maps)
        for shift in range(1, self.size):
            total = total + padded.narrow(1, shift, maps)
        return total

    def extra_repr(self) -> str:
        """Return the settings, for `print`."""
        return f"{self.size}, alpha={self.alpha}, beta={self.beta}, k={self.k}"
