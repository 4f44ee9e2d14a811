"""Autoencoder with dense layers."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

from torch import nn

from ..card import Traits
from ..layers.activations import activation as activation_named
from ..layers.corruption import Corruption
from ..layers.linear.tied import TiedLinear
from ..layers.sparse_code import TopR, WinnerTakeAll
from .encoder_decoder import EncoderDecoder

DEFAULT_STRENGTH = 0.3  # of the corruption


class Autoencoder(EncoderDecoder):
    """An encoder with hidden layers and a code layer, and a decoder with a linear output layer. Aggarwal 2.5.

    in_features: F, the number of inputs and outputs; hidden: units of each hidden layer of the encoder; code: K, which
    may exceed F; decoder_hidden: units of each hidden layer of the decoder, None for those of the encoder in reverse
    order; activation: of all hidden layers; code_activation: of the code layer; tied: each layer of the decoder uses
    the transposed weights of its counterpart in the encoder.
    top_r: number of code units that are kept for each example, the others are 0; winner_share: share of the examples of
    a batch for which a code unit is kept; None for a dense code.
    corruption: noise that is added to the input; strength: standard deviation of gaussian noise, or the share of inputs
    that masking sets to 0 and salt_and_pepper sets to the minimum or maximum; None for 0.3; corrupt: whether inputs are
    corrupted in training, in evaluation or always.
    Raises ValueError for a layer without units, an unknown activation, tied layers of different sizes, values of
    top_r, winner_share or strength out of range, and settings without effect.
    """

    traits = Traits(inputs=("vector",), targets=("input",), needs={"activation": ("hidden", "decoder_hidden")})

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
        top_r: int | None = None,
        winner_share: float | None = None,
        corruption: Literal["none", "gaussian", "masking", "salt_and_pepper"] = "none",
        strength: float | None = None,
        corrupt: Literal["training", "evaluation", "always"] = "training",
    ) -> None:
        mirrored = [*hidden][::-1]
        decoder_sizes = mirrored if decoder_hidden is None else [*decoder_hidden]
        if (smallest := min([*hidden, code, *decoder_sizes])) < 1:
            raise ValueError(f"a layer has {smallest} units; each needs at least 1")
        if tied and decoder_sizes != mirrored:
            raise ValueError(f"decoder_hidden={decoder_sizes} cannot be tied to hidden={[*hidden]}; leave it out")
        if corruption == "none" and strength:
            raise ValueError(f"strength={strength} has no effect with corruption=none")
        if corruption == "none" and corrupt != "training":
            raise ValueError(f"corrupt={corrupt} has no effect with corruption=none")
        encoder = [nn.Linear(n, m, bias=bias) for n, m in pairwise([in_features, *hidden, code])]
        decoder: list[nn.Module] = [TiedLinear(layer, bias=bias) for layer in reversed(encoder)]
        if not tied:
            decoder = [nn.Linear(n, m, bias=bias) for n, m in pairwise([code, *decoder_sizes, in_features])]
        noise = None
        if corruption != "none":
            strength = DEFAULT_STRENGTH if strength is None else strength
            noise = Corruption(noise=corruption, strength=strength, when=corrupt)
        super().__init__(
            encoder=nn.Sequential(*with_activations(encoder, activation), activation_named(code_activation)),
            decoder=nn.Sequential(*with_activations(decoder, activation)),
            sparsity=sparse_code(code, top_r, winner_share),
            corruption=noise,
        )


def sparse_code(code: int, top_r: int | None, winner_share: float | None) -> TopR | WinnerTakeAll | None:
    """Return the layer that makes a code of `code` units sparse, None without one.

    Raises ValueError for values out of range or without effect.
    """
    if winner_share is not None and not 0 < winner_share <= 1:
        raise ValueError(f"winner_share is {winner_share}; it must be above 0 and at most 1")
    if top_r is not None and top_r < 1:
        raise ValueError(f"top_r is {top_r}; it must be at least 1 unit")
    if top_r is None:
        return None if winner_share is None else WinnerTakeAll(units=code, share=winner_share)
    if winner_share is not None:
        raise ValueError(f"top_r={top_r} and winner_share={winner_share} exclude each other; set one of them to null")
    if top_r >= code:
        what = "has no effect" if top_r == code else "is too large"
        raise ValueError(f"top_r={top_r} {what}: the code has {code} units, of which it keeps fewer than all")
    return TopR(r=top_r)


def with_activations(layers: Sequence[nn.Module], activation: str) -> list[nn.Module]:
    """Return the layers with an activation between consecutive ones."""
    first, *others = layers
    return [first, *(module for layer in others for module in (activation_named(activation), layer))]
