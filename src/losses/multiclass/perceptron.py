"""The multiclass perceptron. Shapes as in `losses.base`."""

from typing import ClassVar

from jaxtyping import Float, Int
from torch import Tensor

from ..base import Loss
from .margins import leads


class MulticlassPerceptron(Loss):
    """max(0, largest z_r - z_c), c the right class, r another: only two classes are pulled at.

    A tie is an error, as for two classes. Aggarwal 2.3.1, eq. 2.22-2.24.
    """

    targets: ClassVar[tuple[str, ...]] = ("classes",)

    def forward(self, output: Float[Tensor, "*n K"], target: Int[Tensor, "*n"]) -> Float[Tensor, "*n"]:
        """Return the loss for classes 0 to K-1."""
        lead = leads(output, target).max(-1).values
        return lead.where(lead >= 0, 0)  # at 0, too, with a gradient
