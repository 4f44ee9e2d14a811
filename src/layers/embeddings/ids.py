"""Vectors of ids: of users and items, say.

Shapes: "*n" ids of any layout, F features.
"""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn


class IdEmbedding(nn.Module):
    """A learned vector for each id from 1 on, and zeros for 0, which stands for all that training has not seen.

    size: number of ids, 0 included; features: of each vector; std: of the initial numbers, normal with mean 0.
    """

    def __init__(self, size: int, features: int, *, std: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(size - 1, features))
        nn.init.normal_(self.weight, std=std)

    def forward(self, ids: Int[Tensor, "*n"]) -> Float[Tensor, "*n F"]:
        """Return the vectors."""
        known = ids > 0
        return nn.functional.embedding(ids - known.long(), self.weight) * known.unsqueeze(-1)
