"""Probabilistic latent semantic analysis as an autoencoder.

Shapes: *n documents, F words.
"""

from jaxtyping import Float
from torch import Tensor, nn

from ..card import Traits
from ..layers.linear.factors import MixtureLinear
from .encoder_decoder import EncoderDecoder


class RelativeCounts(nn.Module):
    """The counts of each example divided by their mean; 0 for an example without counts."""

    def forward(self, x: Float[Tensor, "*n F"]) -> Float[Tensor, "*n F"]:
        """Return the relative counts, which do not depend on the length of a document."""
        mean = x.mean(-1, keepdim=True)
        return x / mean.where(mean > 0, mean.new_ones(()))


class PLSA(EncoderDecoder):
    """P(word | document) = sum over topics k of P(k | document) P(word | k). Aggarwal 2.5.1.4, exercise 2.10.

    It is non-negative matrix factorization with factors that are probabilities and the log loss of counts,
    `loss=multinomial`. The code of a document are the probabilities of its topics: a softmax of linear functions of the
    relative counts of its words. The outputs are log-probabilities. in_features: F words; code: K topics.
    Raises ValueError for a code without units.
    """

    traits = Traits(inputs=("vector",), targets=("input",), minimum=0.0, loss="Multinomial")

    def __init__(self, *, in_features: int, code: int = 32) -> None:
        if code < 1:
            raise ValueError(f"code is {code}; it needs at least 1 unit")
        super().__init__(
            encoder=nn.Sequential(RelativeCounts(), nn.Linear(in_features, code), nn.Softmax(-1)),
            decoder=nn.Sequential(MixtureLinear(in_features=code, out_features=in_features)),
        )
