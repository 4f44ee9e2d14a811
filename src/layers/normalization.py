"""Normalization layers."""

from typing import Literal

from jaxtyping import Bool, Float
from torch import Tensor, nn

from ..errors import UserError


class BatchNorm(nn.BatchNorm1d):
    """Batch normalization of each of F features over all leading dimensions *n. MIT 6.8.3; Aggarwal 3.6.

    Raises UserError in training for a batch of a single row, which has no variance.
    """

    def forward(self, x: Float[Tensor, "*n F"], mask: Bool[Tensor, "*n"] | None = None) -> Float[Tensor, "*n F"]:
        """Return each feature normalized to mean beta and standard deviation gamma over the batch.

        mask: True at real rows; padding is excluded from the batch statistics and the running averages, and becomes 0
        in training.
        """
        rows = x.reshape(-1, x.shape[-1]) if mask is None or not self.training else x[mask]
        if self.training and len(rows) == 1:
            what = "example" if x.ndim == 2 else "step"
            raise UserError(f"batch normalization needs more than 1 {what} in a batch; increase loader.batch_size")
        normal = super().forward(rows)
        if len(normal) == x.shape[:-1].numel():
            return normal.view(x.shape)
        assert mask is not None
        return normal.new_zeros(x.shape).masked_scatter(mask.unsqueeze(-1), normal)


class BatchNorm2d(nn.BatchNorm2d):
    """Batch normalization of each of C maps over all examples and pixels. Ioffe and Szegedy 2015; Aggarwal 3.6.

    Raises UserError in training for a batch of a single pixel, which has no variance.
    """

    def forward(self, x: Float[Tensor, "B C H W"]) -> Float[Tensor, "B C H W"]:
        """Return each map normalized to mean beta and standard deviation gamma over the batch."""
        if self.training and x.numel() == x.shape[1]:
            raise UserError(
                "batch normalization of maps of a single pixel needs more than 1 example in a batch; increase "
                "loader.batch_size"
            )
        return super().forward(x)


class MaskedSequential(nn.Sequential):
    """A `Sequential` that passes the padding mask to batch normalization."""

    def forward(self, x: Float[Tensor, "*n F"], mask: Bool[Tensor, "*n"] | None = None) -> Float[Tensor, "*n O"]:
        """Return the output of the last layer; mask: True at real rows."""
        for layer in self:
            x = layer(x, mask) if isinstance(layer, BatchNorm) else layer(x)
        return x


def normalization(kind: Literal["batch", "layer"], features: int) -> nn.Module:
    """Return a batch or layer normalization layer for vectors with the given number of features."""
    return BatchNorm(features) if kind == "batch" else nn.LayerNorm(features)
