"""The loss of a zero-sum game between generator and discriminator. Shapes as in `base`."""

from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import logsigmoid

from .base import AdversarialLoss


class Minimax(AdversarialLoss):
    """The generator minimizes log(1 - D(x)), which the discriminator maximizes. Aggarwal 10.4.1, eq. 10.19.

    The derivative by the log-odds is -D(x): there is hardly any gradient where the discriminator is sure that points
    are generated.
    """

    def generator(self, output: Float[Tensor, "*n 1"]) -> Float[Tensor, "*n"]:
        """Return log(1 - D(x)), at most 0."""
        return logsigmoid(-output.squeeze(-1))
