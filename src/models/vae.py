"""Variational autoencoder with dense layers.

Shapes: *n examples or steps, F inputs, K code units.
"""

from collections.abc import Sequence

from jaxtyping import Float
from torch import Tensor

from ..card import Traits
from .variational import DenseVariational


class VAE(DenseVariational):
    """An encoder to a normal distribution of codes, and a decoder. Aggarwal 4.10.4; Kingma and Welling 2014.

    hidden: units of each hidden layer of the encoder; code: K; decoder_hidden: units of each hidden layer of the
    decoder, None for those of the encoder in reverse order; activation: of all hidden layers.
    Raises ValueError for a layer without units or an unknown activation.
    """

    traits = Traits(inputs=("vector",), targets=("input",), needs={"activation": ("hidden", "decoder_hidden")})

    def __init__(
        self,
        *,
        in_features: int,
        hidden: Sequence[int] = (128,),
        code: int = 16,
        decoder_hidden: Sequence[int] | None = None,
        activation: str = "relu",
    ) -> None:
        super().__init__(
            inputs=in_features,
            outputs=in_features,
            context=0,
            hidden=hidden,
            code=code,
            decoder_hidden=decoder_hidden,
            activation=activation,
        )

    def decode(self, code: Float[Tensor, "*n K"]) -> Float[Tensor, "*n F"]:
        """Return the raw reconstruction from a code."""
        output: Tensor = self.decoder(code)
        return output
