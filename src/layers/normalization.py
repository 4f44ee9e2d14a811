"""Normalization of the net inputs of a layer of units."""

from typing import Literal

from jaxtyping import Bool, Float
from torch import Tensor, nn

from ..errors import UserError


class BatchNorm(nn.BatchNorm1d):
    """Batch normalization of each of F features over all leading dimensions *n. MIT 6.8.3; Aggarwal 3.6.

    Raises UserError in training for a batch of a single row, which has no variance.
    """

    def forward(self, x: Float[Tensor, "*n F"], mask: Bool[Tensor, "*n"] | None = None) -> Float[Tensor, "*n F"]:
        """Return each feature with mean beta and standard deviation gamma over the batch.

        mask: which rows are real; padding counts neither in the batch nor in the running averages, and becomes 0 in
        training.
        """
        rows = x.reshape(-1, x.shape[-1]) if mask is None or not self.training else x[mask]
        if self.training and len(rows) == 1:
            what = "example" if x.ndim == 2 else "step"
            raise UserError(f"batch normalization needs more than 1 {what} in a batch; take larger batches")
        normal = super().forward(rows)
        if len(normal) == x.shape[:-1].numel():
            return normal.view(x.shape)
        assert mask is not None
        return normal.new_zeros(x.shape).masked_scatter(mask.unsqueeze(-1), normal)


class MaskedSequential(nn.Sequential):
    """Layers one after the other, of which batch normalization is told what is padding."""

    def forward(self, x: Float[Tensor, "*n F"], mask: Bool[Tensor, "*n"] | None = None) -> Float[Tensor, "*n O"]:
        """Return the output of the last layer; mask: which rows are real."""
        for layer in self:
            x = layer(x, mask) if isinstance(layer, BatchNorm) else layer(x)
        return x


def normalization(kind: Literal["batch", "layer"], features: int) -> nn.Module:
    """Return a layer that normalizes vectors of that many features over the batch or each by itself."""
    return BatchNorm(features) if kind == "batch" else nn.LayerNorm(features)
