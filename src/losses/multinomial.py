"""Log loss of counts under a multinomial distribution. Shapes as in `base`."""

from math import inf
from typing import ClassVar

from jaxtyping import Float
from torch import Tensor, nn

from ..spec import DataSpec
from .base import LossWithDerivative


class Multinomial(LossWithDerivative):
    """-sum over j of c_j log p_j for counts c of K kinds, such as words of a document, with p = softmax of the outputs.

    Counts are any numbers of at least 0. Predictions are the shares p, and are compared with the shares c / sum of c.
    The multinomial coefficient, which does not depend on the outputs, is left out. Unknown counts are 0.
    Aggarwal 2.5.2, 2.5.7, eq. 2.60.
    """

    targets: ClassVar[tuple[str, ...]] = ("input", "counts")
    additive: ClassVar[bool] = False
    input_range: ClassVar[tuple[float, float] | None] = (0.0, inf)

    def takes(self, spec: DataSpec) -> str | None:
        """Also refuse inputs that may be negative, and name the settings with counts as targets."""
        if reason := super().takes(spec):
            what = "data.layout=rows and model=autoencoder" if spec.input == "ids" else "head=reconstruction"
            return f"{reason}; with {what}, the input is the target"
        if spec.target == "counts":
            one = "takes counts of several kinds; an example has one: choose data.layout=index, or loss=glove"
            return one if spec.target_size == 1 else None
        return spec.why_outside(0.0, inf)

    def expected(self, output: Float[Tensor, "*n K"]) -> Float[Tensor, "*n K"]:
        """Return the shares, the softmax of the outputs."""
        return output.softmax(-1)

    def actual(self, target: Float[Tensor, "*n K"]) -> Float[Tensor, "*n K"]:
        """Return counts as shares; those of an example without counts are 0."""
        total = target.sum(-1, keepdim=True)
        return target / total.where(total > 0, total.new_ones(()))

    def forward(self, output: Float[Tensor, "*n K"], target: Float[Tensor, "*n K"]) -> Float[Tensor, "*n"]:
        """Return the loss of counts."""
        return -(target * nn.functional.log_softmax(output, -1)).sum(-1)

    def with_derivative(
        self, output: Float[Tensor, "*n K"], target: Float[Tensor, "*n K"]
    ) -> tuple[Float[Tensor, "*n"], Float[Tensor, "*n K"]]:
        """Return the losses and p (sum of c) - c."""
        logs = output.log_softmax(-1)
        losses = (logs * target).sum(-1).neg_()
        return losses, logs.exp_().mul_(target.sum(-1, keepdim=True)).sub_(target)
