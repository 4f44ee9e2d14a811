"""The loss of a generator that learns also where it is bad. Shapes as in `base`."""

from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import softplus

from .base import AdversarialLoss


class NonSaturating(AdversarialLoss):
    """The generator minimizes -log D(x) of its points. Aggarwal 10.4.1.

    The derivative by the log-odds is D(x) - 1, near -1 where the discriminator is sure that points are generated. It
    has the sign of the derivative of `Minimax`: both have the same equilibrium.
    """

    def generator(self, output: Float[Tensor, "*n 1"]) -> Float[Tensor, "*n"]:
        """Return -log D(x)."""
        return softplus(-output.squeeze(-1))
