"""Embedding of ids, for example of users and items.

Shapes: "*n" ids of any shape, F features.
"""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn


class IdEmbedding(nn.Module):
    """A learned vector for each id from 1, and zeros for id 0, which stands for ids that are not in the training set.

    size: number of ids, including 0; features: F; std: standard deviation of the initial weights, with mean 0.
    """

    def __init__(self, size: int, features: int, *, std: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(size - 1, features))
        nn.init.normal_(self.weight, std=std)

    def forward(self, ids: Int[Tensor, "*n"]) -> Float[Tensor, "*n F"]:
        """Return the vectors."""
        known = ids > 0
        rows = (ids - known.long()).flatten()
        found = self.weight.index_select(0, rows)  # whose gradient takes a fifth of the time of that of `embedding`
        return found.view(*ids.shape, self.weight.shape[1]) * known.unsqueeze(-1)
