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
