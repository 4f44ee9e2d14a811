"""Normalization of the net inputs of a layer of units."""

from typing import Literal

from jaxtyping import Float
from torch import Tensor, nn


class BatchNorm(nn.BatchNorm1d):
    """Batch normalization of each of F features over all leading dimensions *n. MIT 6.8.3; Aggarwal 3.6."""

    def forward(self, x: Float[Tensor, "*n F"]) -> Float[Tensor, "*n F"]:
        """Return each feature with mean beta and standard deviation gamma over the batch."""
        return super().forward(x.reshape(-1, x.shape[-1])).view(x.shape)


def normalization(kind: Literal["batch", "layer"], features: int) -> nn.Module:
    """Return a layer that normalizes vectors of that many features over the batch or each by itself."""
    return BatchNorm(features) if kind == "batch" else nn.LayerNorm(features)
