"""Non-negative matrix factorization as an autoencoder."""

from math import sqrt

from torch import nn

from ..card import Traits
from ..layers.linear.factors import NonNegativeLinear
from .encoder_decoder import EncoderDecoder


class NMF(EncoderDecoder):
    """D ~ U V^T with U = relu(D W^T) and V of at least 0. Aggarwal 2.5.1.4, exercise 2.9.

    in_features: F, the number of inputs and outputs; code: K, the rank. The weights V are projected after each step.
    Initial weights are drawn from U(0, 2 / sqrt(F K)): no unit is 0 for all inputs, and the outputs have about the mean
    of the inputs. With larger weights, the first steps would make units 0 for all inputs, which then never change
    again, above all for the sparse counts of thousands of words. For at most F linearly independent rows W can
    make U any matrix, and the least error is that of the factorization; for more rows it is larger.
    Raises ValueError for a code without units.
    """

    traits = Traits(inputs=("vector",), targets=("input",), minimum=0.0)

    def __init__(self, *, in_features: int, code: int = 32) -> None:
        if code < 1:
            raise ValueError(f"code is {code}; it needs at least 1 unit")
        encoder, decoder = nn.Linear(in_features, code, bias=False), NonNegativeLinear(code, in_features)
        for layer in (encoder, decoder):
            nn.init.uniform_(layer.weight, 0, 2 / sqrt(in_features * code))
        super().__init__(encoder=nn.Sequential(encoder, nn.ReLU()), decoder=nn.Sequential(decoder))
