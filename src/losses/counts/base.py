"""Base class of losses of pairs that occur and of sampled pairs that do not. Shapes as in `losses.base`."""

from abc import abstractmethod
from typing import ClassVar

from jaxtyping import Bool, Float
from torch import Tensor

from ...spec import DataSpec
from ..base import Loss


class PairLoss(Loss):
    """c times a loss of the score s_ij of a pair.

    The target is c, the count of a pair that occurs, or -c for a sampled pair, where c is the number of times that it
    was sampled, or another weight.
    """

    targets: ClassVar[tuple[str, ...]] = ("signed_counts",)

    def takes(self, spec: DataSpec) -> str | None:
        """Also name the setting that samples pairs."""
        if spec.target == "counts":
            return (
                "needs sampled pairs: if all pairs occur, the same score is the best for all; choose "
                "data.layout=pairs and data.negatives of at least 1"
            )
        return super().takes(spec)

    @abstractmethod
    def pair_loss(self, output: Float[Tensor, "*n 1"], occurs: Bool[Tensor, "*n 1"]) -> Float[Tensor, "*n 1"]:
        """Return the loss of each pair that occurs once or is sampled once."""

    def forward(self, output: Float[Tensor, "*n 1"], target: Float[Tensor, "*n 1"]) -> Float[Tensor, "*n"]:
        """Return the weighted loss."""
        return (target.abs() * self.pair_loss(output, target > 0)).squeeze(-1)
