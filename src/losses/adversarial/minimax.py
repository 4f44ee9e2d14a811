"""The minimax loss of a generative adversarial network. Shapes as in `base`."""

from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import logsigmoid

from .base import AdversarialLoss


class Minimax(AdversarialLoss):
    """The generator minimizes log(1 - D(x)), which the discriminator maximizes. Aggarwal 10.4.1, eq. 10.19.

    The derivative with respect to the logit is -D(x): the gradient vanishes where the discriminator is sure that points
    are generated.
    """

    def generator(self, output: Float[Tensor, "*n 1"]) -> Float[Tensor, "*n"]:
        """Return log(1 - D(x)), at most 0."""
        return logsigmoid(-output.squeeze(-1))
