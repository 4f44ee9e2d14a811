"""Autoencoder with dense layers.

Shapes: *n examples or steps, F inputs, K code units.
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

DEFAULT_STRENGTH = 0.3  # of the corruption


class Autoencoder(nn.Module):
    """An encoder with hidden layers and a code layer, and a decoder with a linear output layer. Aggarwal 2.5.

    hidden: units of each hidden layer of the encoder; code: K, which may exceed F; decoder_hidden: units of each hidden
    layer of the decoder, None for those of the encoder in reverse order; activation: of all hidden layers;
    code_activation: of the code layer; tied: each layer of the decoder uses the transposed weights of its counterpart
    in the encoder. corruption: noise that is added to the input during training; strength: standard deviation of
    gaussian noise, or the share of inputs that masking sets to 0 and salt_and_pepper sets to the minimum or maximum of
    the batch; None for 0.3.
    Raises ValueError for a layer without units, an unknown activation, tied layers of different sizes, a strength out
    of range, or a strength without corruption.
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
        decoder_sizes = mirrored if decoder_hidden is None else [*decoder_hidden]
        if (smallest := min([*hidden, code, *decoder_sizes])) < 1:
            raise ValueError(f"a layer has {smallest} units; each needs at least 1")
        if tied and decoder_sizes != mirrored:
            raise ValueError(f"decoder_hidden={decoder_sizes} cannot be tied to hidden={[*hidden]}; leave it out")
        if corruption == "none" and strength:
            raise ValueError(f"strength={strength} has no effect with corruption=none")
        strength = DEFAULT_STRENGTH if strength is None else strength
        self.corruption = nn.Identity() if corruption == "none" else Corruption(noise=corruption, strength=strength)
        encoder = [nn.Linear(n, m, bias=bias) for n, m in pairwise([in_features, *hidden, code])]
        decoder: list[nn.Module] = [TiedLinear(layer, bias=bias) for layer in reversed(encoder)]
        if not tied:
            decoder = [nn.Linear(n, m, bias=bias) for n, m in pairwise([code, *decoder_sizes, in_features])]
        self.encoder = nn.Sequential(*with_activations(encoder, activation), activation_named(code_activation))
        self.decoder = nn.Sequential(*with_activations(decoder, activation))

    def forward(self, x: Float[Tensor, "*n F"]) -> Float[Tensor, "*n F"]:
        """Return the raw reconstruction; in training the input is corrupted first."""
        return self.decode(self.encode(self.corruption(x)))

    def forward_features(
        self, x: Float[Tensor, "*n F"], mask: Bool[Tensor, "*n"] | None = None
    ) -> Float[Tensor, "*n U"]:
        """Return the input of the head: the last hidden layer of the decoder (U units), or else the code."""
        return self.decoder[:-1](self.encode(self.corruption(x)))

    @property
    def head(self) -> nn.Module:
        """The output layer of the decoder."""
        return self.decoder[-1]

    def encode(self, x: Float[Tensor, "*n F"]) -> Float[Tensor, "*n K"]:
        """Return the code of uncorrupted inputs."""
        return self.encoder(x)

    def decode(self, code: Float[Tensor, "*n K"]) -> Float[Tensor, "*n F"]:
        """Return the raw reconstruction from a code."""
        return self.decoder(code)


def with_activations(layers: Sequence[nn.Module], activation: str) -> list[nn.Module]:
    """Return the layers with an activation between consecutive ones."""
    first, *others = layers
    return [first, *(module for layer in others for module in (activation_named(activation), layer))]
