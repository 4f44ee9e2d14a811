"""The backward pass of max-pooling written out.

Shapes: B examples, C maps, H x W pixels, h x w windows.
"""

from typing import Literal

from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import fold

from .explicit import windows


def max_pool_gradient(
    x: Float[Tensor, "B C H W"],
    gradient: Float[Tensor, "B C h w"],
    *,
    size: int,
    stride: int,
    ties: Literal["first", "shared"] = "first",
) -> Float[Tensor, "B C H W"]:
    """Return the gradient with respect to the input of a max-pooling, whose windows can overlap.

    The gradient of a window goes to its maximum; the maximum of several windows gets their sum. Of equal maxima the
    first gets it, as in torch, or with `shared` each an equal part. Aggarwal 8.3.
    """
    seen = windows(x, (size, size), stride=stride).flatten(-2)  # (B, C, h, w, size^2)
    largest = seen == seen.amax(-1, keepdim=True)
    if ties == "first":
        largest = largest & (largest.cumsum(-1) == 1)
    shares = largest / largest.sum(-1, keepdim=True) * gradient.unsqueeze(-1)
    columns = shares.movedim(-1, 2).flatten(3).flatten(1, 2)  # (B, C size^2, h w)
    return fold(columns, x.shape[-2:], size, stride=stride)
