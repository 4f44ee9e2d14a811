"""Maxout units.

Shapes: *n examples or steps, F inputs, U units, P pieces.
"""

from jaxtyping import Float
from torch import Tensor, nn


class Maxout(nn.Linear):
    """Units that are the largest of several linear functions of the input: max(W_1 x + b_1, ..., W_P x + b_P).

    pieces: P, the linear functions of a unit. Raises ValueError unless there are at least 2. With one of two pieces
    zero it is a layer of ReLUs, with W_2 = 0.01 W_1 of leaky ones. Aggarwal 3.4.3.2.
    """

    def __init__(self, *, in_features: int, out_features: int, pieces: int) -> None:
        if pieces < 2:
            raise ValueError(f"pieces is {pieces}; a maxout unit has at least 2")
        super().__init__(in_features, out_features * pieces)
        self.pieces = pieces

    def forward(self, x: Float[Tensor, "*n F"]) -> Float[Tensor, "*n U"]:
        """Return the largest piece of each unit; the gradient goes to that piece alone."""
        return super().forward(x).unflatten(-1, (-1, self.pieces)).max(-1).values
