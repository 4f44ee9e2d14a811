"""The non-saturating loss of a generative adversarial network. Shapes as in `base`."""

from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import softplus

from .base import AdversarialLoss


class NonSaturating(AdversarialLoss):
    """The generator minimizes -log D(x). Aggarwal 10.4.1.

    The derivative with respect to the logit is D(x) - 1, near -1 where the discriminator is sure that points are
    generated. Its sign is that of the derivative of `Minimax`, so both losses have the same equilibrium.
    """

    def generator(self, output: Float[Tensor, "*n 1"]) -> Float[Tensor, "*n"]:
        """Return -log D(x)."""
        return softplus(-output.squeeze(-1))
