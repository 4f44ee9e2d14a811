"""Embedding of token ids.

Shapes: B sequences, T steps, n tokens per step, D embedding size.
"""

from jaxtyping import Float, Int
from torch import Tensor, nn


class TokenEmbedding(nn.Embedding):
    """A learned vector for each token; the vectors of several tokens in a step are summed.

    The sum equals the product of the embedding matrix with a multi-hot vector (Aggarwal 7.2, 7.7.4).
    """

    def forward(self, ids: Int[Tensor, "B T *n"]) -> Float[Tensor, "B T D"]:
        """Return the vector of each step."""
        vectors = super().forward(ids)
        return vectors if ids.ndim == 2 else vectors.sum(2)
