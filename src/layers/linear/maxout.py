"""Maxout units.

Shapes: *n examples or steps, F inputs, U units, P pieces.
"""

from jaxtyping import Float
from torch import Tensor, nn


class Maxout(nn.Linear):
    """Units that return the maximum of several linear functions: max(W_1 x + b_1, ..., W_P x + b_P).

    pieces: P, linear functions per unit. Raises ValueError for fewer than 2 pieces. For P = 2, W_2 = 0 gives ReLU units
    and W_2 = 0.01 W_1 gives leaky ReLU units. Aggarwal 3.4.3.2.
    """

    def __init__(self, *, in_features: int, out_features: int, pieces: int) -> None:
        if pieces < 2:
            raise ValueError(f"pieces is {pieces}; it must be at least 2")
        super().__init__(in_features, out_features * pieces)
        self.pieces = pieces

    def forward(self, x: Float[Tensor, "*n F"]) -> Float[Tensor, "*n U"]:
        """Return the maximum over the pieces of each unit; only that piece gets a gradient, of equal ones one."""
        return super().forward(x).unflatten(-1, (-1, self.pieces)).max(-1).values
