"""The Brier score of probabilities. Shapes as in `base`."""

from jaxtyping import Float
from torch import Tensor

from .bce import BinaryCrossEntropy


class Brier(BinaryCrossEntropy):
    """(sigmoid(z) - t)^2: squared error of the probabilities, sum or mean over K labels or numbers in [0, 1]."""

    def forward(self, output: Float[Tensor, "*n K"], target: Float[Tensor, "*n K"]) -> Float[Tensor, "*n"]:
        """Return the loss for targets in [0, 1]."""
        loss = (output.sigmoid() - target).square()
        return loss.sum(-1) if self.outputs == "sum" else loss.mean(-1)

    def with_derivative(
        self, output: Float[Tensor, "*n K"], target: Float[Tensor, "*n K"]
    ) -> tuple[Float[Tensor, "*n"], Float[Tensor, "*n K"]]:
        """Return the losses and 2 (p - t) p (1 - p) with the probabilities p, divided by K for the mean."""
        p = output.sigmoid()
        gap = p - target
        slope = (2 * gap * p).mul_(1 - p)
        return (
            (gap.square().sum(-1), slope)
            if self.outputs == "sum"
            else (gap.square().mean(-1), slope.div_(output.shape[-1]))
        )
