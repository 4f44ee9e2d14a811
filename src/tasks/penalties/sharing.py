"""Soft weight sharing: a penalty on the difference of two weights."""

from collections.abc import Iterator

import torch
from torch import Tensor, nn

from ...errors import UserError, unknown
from ...spec import Batch, DataSpec
from .base import PenaltyWithDerivatives


class SharingPenalty(PenaltyWithDerivatives):
    """weight / 2 * sum (a - b)^2 over the corresponding entries a and b of two parameters, which pulls them together.

    first, second: names of the parameters; the second is transposed if only then the shapes are equal, as for the
    mirrored layers of an autoencoder. With plain gradient descent a step adds lr weight (b - a) to a, and the opposite
    to b. With a large weight the parameters become shared, as in tied layers.
    Raises UserError for a negative weight, unknown or equal names, and different shapes. Aggarwal 4.9; Nowlan and
    Hinton (1992).
    """

    def __init__(
        self, *, weight: float = 1e-2, first: str = "encoder.0.weight", second: str = "decoder.0.weight"
    ) -> None:
        super().__init__(weight=weight)
        if first == second:
            raise UserError(f"sharing penalty: first and second are both {first}; it needs two parameters")
        self.names = (first, second)

    def bind(self, net: nn.Module, spec: DataSpec) -> None:
        """Find the parameters."""
        model: nn.Module = getattr(net, "model", net)
        known = {name: p for name, p in model.named_parameters() if p.requires_grad}
        for name in self.names:
            if name not in known:
                raise unknown("parameter of a sharing penalty", name, known)
        self.first, self.second = (known[name] for name in self.names)
        self.transposed = self.first.shape != self.second.shape
        if self.transposed and self.first.shape != self.second.shape[::-1]:
            sizes = " and ".join(f"{name} {tuple(known[name].shape)}" for name in self.names)
            raise UserError(f"sharing penalty: {sizes} have different shapes")

    def value(self, batch: Batch) -> Tensor:
        """Return the weighted sum of squared differences."""
        second = self.second.t() if self.transposed else self.second
        return self.weight / 2 * torch.sum((self.first - second).square())

    def derivatives(self) -> Iterator[tuple[nn.Parameter, Tensor]]:
        """Yield both parameters with weight (a - b) and weight (b - a)."""
        gap = self.weight * (self.first - (self.second.t() if self.transposed else self.second))
        yield self.first, gap
        yield self.second, -(gap.t() if self.transposed else gap)
