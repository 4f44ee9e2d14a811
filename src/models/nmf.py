"""Non-negative matrix factorization as an autoencoder."""

from torch import nn

from ..card import Traits
from ..layers.linear.factors import NonNegativeLinear
from .encoder_decoder import EncoderDecoder


class NMF(EncoderDecoder):
    """D ~ U V^T with U = relu(D W^T) and V of at least 0. Aggarwal 2.5.1.4, exercise 2.9.

    in_features: F, the number of inputs and outputs; code: K, the rank. The weights V are projected after each step; W
    starts with non-negative weights, so that no unit is 0 for all inputs. For at most F linearly independent rows W can
    make U any matrix, and the least error is that of the factorization; for more rows it is larger.
    Raises ValueError for a code without units.
    """

    traits = Traits(inputs=("vector",), targets=("input",), minimum=0.0)

    def __init__(self, *, in_features: int, code: int = 32) -> None:
        if code < 1:
            raise ValueError(f"code is {code}; it needs at least 1 unit")
        layer = nn.Linear(in_features, code, bias=False)
        layer.weight.data.abs_()
        super().__init__(
            encoder=nn.Sequential(layer, nn.ReLU()), decoder=nn.Sequential(NonNegativeLinear(code, in_features))
        )
