"""Token ids to vectors.

Shapes: B sequences, T steps, n tokens of a step, D size of a vector.
"""

from jaxtyping import Float, Int
from torch import Tensor, nn


class TokenEmbedding(nn.Embedding):
    """A learned vector for every token; where a step has several tokens, their vectors are added.

    The sum of looked-up columns is the product of a matrix with a many-hot vector (Aggarwal 7.2, 7.7.4).
    """

    def forward(self, ids: Int[Tensor, "B T *n"]) -> Float[Tensor, "B T D"]:
        """Return the vectors of the steps."""
        vectors = super().forward(ids)
        return vectors if ids.ndim == 2 else vectors.sum(2)
