"""Layers that set all but the largest activations of a code to zero.

Shapes: *n examples or steps, K units of the code.
"""

from math import ceil

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

MOMENTUM = 0.1  # weight of a batch in the running mean of the thresholds


class TopR(nn.Module):
    """Keeps the r largest activations of each example or step, also in evaluation; the others are 0.

    The gradient passes through the kept units only. Raises ValueError for r < 1. Aggarwal 2.5.5.1, after Makhzani and
    Frey (2013), "k-sparse autoencoders".
    """

    def __init__(self, *, r: int) -> None:
        super().__init__()
        if r < 1:
            raise ValueError(f"r is {r}; at least 1 unit must be kept")
        self.r = r

    def forward(self, h: Float[Tensor, "*n K"], mask: Bool[Tensor, "*n"] | None = None) -> Float[Tensor, "*n K"]:
        """Return the activations with exactly r units kept, also where several are equal."""
        return keep_only(h, h.topk(self.r, dim=-1).indices, dim=-1)


class WinnerTakeAll(nn.Module):
    """Keeps of each unit the largest activations over the batch, a share of the examples or steps; the others are 0.

    In training exactly ceil(share n) activations of each unit are kept of n examples or real steps, and the gradient
    passes through them only. The smallest of them is the threshold of the unit. In evaluation the activations below the
    running mean of the thresholds are 0, so that examples are independent of each other.
    units: K; share: above 0, at most 1. Raises ValueError for a share out of range.
    Aggarwal 2.5.5.1, after Makhzani and Frey (2015), "Winner-take-all autoencoders".
    """

    threshold: Tensor

    def __init__(self, *, units: int, share: float) -> None:
        super().__init__()
        if not 0 < share <= 1:
            raise ValueError(f"share is {share}; the share of kept activations must be above 0 and at most 1")
        self.share = share
        self.register_buffer("threshold", torch.full((units,), -torch.inf))  # -inf before the first batch

    def forward(self, h: Float[Tensor, "*n K"], mask: Bool[Tensor, "*n"] | None = None) -> Float[Tensor, "*n K"]:
        """Return the activations with all but the winners set to 0; padding is 0 and never wins."""
        if not self.training:
            return h.masked_fill(h < self.threshold, 0)
        rows = h.reshape(-1, h.shape[-1]) if mask is None else h[mask]
        top = rows.topk(ceil(self.share * rows.shape[0]), dim=0)
        self.update(top.values[-1].detach().to(self.threshold))
        kept = keep_only(rows, top.indices, dim=0)
        return kept.view_as(h) if mask is None else torch.zeros_like(h).masked_scatter(mask.unsqueeze(-1), kept)

    def update(self, threshold: Float[Tensor, " K"]) -> None:
        """Add the thresholds of a batch to the running mean, which starts with those of the first batch."""
        first = self.threshold.isinf()
        self.threshold.copy_(torch.where(first, threshold, self.threshold.lerp(threshold, MOMENTUM)))


def keep_only(h: Tensor, index: Tensor, *, dim: int) -> Tensor:
    """Return `h` with 0 everywhere but at the indices along `dim`."""
    return h.masked_fill(torch.ones_like(h, dtype=torch.bool).scatter(dim, index, False), 0)
