"""The autoencoder of dense layers.

Shapes: *n examples or steps, F inputs, K numbers of the code.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

from jaxtyping import Bool, Float
from torch import Tensor, nn

from ..card import Traits
from ..layers.activations import activation as activation_named
from ..layers.corruption import Corruption
from ..layers.linear.tied import TiedLinear

STRENGTH = 0.3  # of a corruption


class Autoencoder(nn.Module):
    """An encoder of hidden layers and a code, and a decoder with a linear output layer. Aggarwal 2.5.

    hidden: units of the encoder's hidden layers; code: K, which may exceed F; decoder_hidden: units of the decoder's
    hidden layers, None for those of the encoder in reverse order; code_activation: of the code, activation: of all
    hidden layers. tied: each layer of the decoder has the weights of its counterpart in the encoder, transposed.
    corruption: noise in the input, in training alone; strength: standard deviation of gaussian noise, else the share of
    numbers that are masked (set to 0), or set to the least or the largest number of the batch (salt_and_pepper); None
    for 0.3.
    Raises ValueError for a layer without units, an unknown activation, tied layers of different sizes, a strength out
    of range, or one without corruption.
    """

    traits = Traits(inputs=("vector",), targets=("input",))

    def __init__(
        self,
        *,
        in_features: int,
        hidden: Sequence[int] = (128,),
        code: int = 32,
        decoder_hidden: Sequence[int] | None = None,
        activation: str = "relu",
        code_activation: str = "identity",
        tied: bool = False,
        bias: bool = True,
        corruption: Literal["none", "gaussian", "masking", "salt_and_pepper"] = "none",
        strength: float | None = None,
    ) -> None:
        super().__init__()
        mirrored = [*hidden][::-1]
        back = mirrored if decoder_hidden is None else [*decoder_hidden]
        if (least := min([*hidden, code, *back])) < 1:
            raise ValueError(f"a layer has {least} units; each needs at least 1")
        if tied and back != mirrored:
            raise ValueError(f"decoder_hidden={back} cannot be tied to hidden={[*hidden]}; leave it out")
        if corruption == "none" and strength:
            raise ValueError(f"strength={strength} has no effect with corruption=none")
        strength = STRENGTH if strength is None else strength
        self.corruption = nn.Identity() if corruption == "none" else Corruption(noise=corruption, strength=strength)
        down = [nn.Linear(n, m, bias=bias) for n, m in pairwise([in_features, *hidden, code])]
        up: list[nn.Module] = [TiedLinear(layer, bias=bias) for layer in reversed(down)]
        if not tied:
            up = [nn.Linear(n, m, bias=bias) for n, m in pairwise([code, *back, in_features])]
        self.encoder = nn.Sequential(*between(down, activation), activation_named(code_activation))
        self.decoder = nn.Sequential(*between(up, activation))

    def forward(self, x: Float[Tensor, "*n F"]) -> Float[Tensor, "*n F"]:
        """Return the raw outputs, which a loss takes for the input; in training of the corrupted input."""
        return self.decode(self.encode(self.corruption(x)))

    def forward_features(
        self, x: Float[Tensor, "*n F"], mask: Bool[Tensor, "*n"] | None = None
    ) -> Float[Tensor, "*n U"]:
        """Return what the head takes: the last hidden layer of the decoder (U units), or the code without one."""
        return self.decoder[:-1](self.encode(self.corruption(x)))

    @property
    def head(self) -> nn.Module:
        """The output layer of the decoder."""
        return self.decoder[-1]

    def encode(self, x: Float[Tensor, "*n F"]) -> Float[Tensor, "*n K"]:
        """Return the code of inputs as they are."""
        return self.encoder(x)

    def decode(self, code: Float[Tensor, "*n K"]) -> Float[Tensor, "*n F"]:
        """Return the raw outputs of a code."""
        return self.decoder(code)


def between(layers: Sequence[nn.Module], activation: str) -> list[nn.Module]:
    """Return layers with an activation between each and the next."""
    first, *others = layers
    return [first, *(module for layer in others for module in (activation_named(activation), layer))]
