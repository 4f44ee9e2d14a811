"""Base class of the losses of generative adversarial networks.

Shapes: *n points, real or generated.
"""

from abc import abstractmethod
from typing import ClassVar

from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from ..base import Loss


class AdversarialLoss(Loss):
    """The log loss of a discriminator; subclasses define what the generator minimizes.

    Outputs are the logits z of D(x) = sigmoid(z), the probability that a point is real. Summed over m real and m
    generated points, the loss is -J_D of the text. Aggarwal 10.4.1.
    """

    targets: ClassVar[tuple[str, ...]] = ("none",)

    def expected(self, output: Float[Tensor, "*n 1"]) -> Float[Tensor, "*n 1"]:
        """Return D(x)."""
        return output.sigmoid()

    def forward(self, output: Float[Tensor, "*n 1"], target: Float[Tensor, "*n"]) -> Float[Tensor, "*n"]:
        """Return the discriminator's loss: -log D(x) where the target is 1 (real), -log(1 - D(x)) where it is 0."""
        return binary_cross_entropy_with_logits(output.squeeze(-1), target, reduction="none")

    @abstractmethod
    def generator(self, output: Float[Tensor, "*n 1"]) -> Float[Tensor, "*n"]:
        """Return the generator's loss of each generated point."""
