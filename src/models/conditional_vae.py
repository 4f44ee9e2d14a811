"""Conditional variational autoencoder with dense layers.

Shapes: *n examples, F inputs, C numbers of the context, D outputs, K code units.
"""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from ..card import Traits
from ..layers.erasure import Erasure
from .variational import DenseVariational


class ConditionalVAE(DenseVariational):
    """A variational autoencoder whose encoder and decoder both also read a context. Aggarwal 4.10.4.2.

    erased: None if the context is the last F - D inputs, such as a one-hot class; else the network reconstructs all
    inputs, and the context is the damaged input, in which this share of the numbers, at the end, is 0.
    hidden, code, decoder_hidden, activation: as in `VAE`.
    Raises ValueError without a context, and as `VAE`.
    """

    traits = Traits(inputs=("vector",), targets=("input",), needs={"activation": ("hidden", "decoder_hidden")})

    def __init__(
        self,
        *,
        in_features: int,
        out_features: int,
        erased: float | None = None,
        hidden: Sequence[int] = (128,),
        code: int = 16,
        decoder_hidden: Sequence[int] | None = None,
        activation: str = "relu",
    ) -> None:
        context = in_features - out_features
        if erased is None and not context:
            raise ValueError("the data has no context; use head=conditional_reconstruction, for example, or set erased")
        if erased is not None and context:
            raise ValueError(f"erased={erased} is for data without a context; use head=reconstruction")
        super().__init__(
            inputs=in_features + (0 if erased is None else in_features),
            outputs=out_features,
            context=context or in_features,
            hidden=hidden,
            code=code,
            decoder_hidden=decoder_hidden,
            activation=activation,
        )
        self.erasure = None if erased is None else Erasure(size=in_features, share=erased)

    def context(self, x: Float[Tensor, "*n F"]) -> Float[Tensor, "*n C"]:
        """Return the context in the inputs."""
        return x[..., self.head.out_features :] if self.erasure is None else self.erasure(x)

    def encoder_input(self, x: Float[Tensor, "*n F"]) -> Float[Tensor, "*n inputs"]:
        """Return the input and the context."""
        return x if self.erasure is None else torch.cat([x, self.erasure(x)], -1)

    def decoder_input(self, code: Float[Tensor, "*n K"], x: Float[Tensor, "*n F"]) -> Float[Tensor, "*n KC"]:
        """Return the code and the context."""
        return torch.cat([code, self.context(x)], -1)
