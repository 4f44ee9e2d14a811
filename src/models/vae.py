"""Variational autoencoder with dense layers.

Shapes: *n examples or steps, F inputs, K code units, N sampled codes.
"""

from collections.abc import Sequence

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from ..card import Traits
from .mlp import MLP


class VAE(nn.Module):
    """An encoder to a normal distribution of codes, and a decoder. Aggarwal 4.10.4; Kingma and Welling 2014.

    The encoder computes the mean and the logarithm of the variance of each code unit, and the decoder the raw
    reconstruction from a code. A code is sampled in training; in evaluation it is the mean.
    hidden: units of each hidden layer of the encoder; code: K; decoder_hidden: units of each hidden layer of the
    decoder, None for those of the encoder in reverse order; activation: of all hidden layers.
    Raises ValueError for a layer without units or an unknown activation.
    """

    traits = Traits(inputs=("vector",), targets=("input",))

    def __init__(
        self,
        *,
        in_features: int,
        hidden: Sequence[int] = (128,),
        code: int = 16,
        decoder_hidden: Sequence[int] | None = None,
        activation: str = "relu",
    ) -> None:
        super().__init__()
        if code < 1:
            raise ValueError(f"code is {code}; it must be at least 1")
        upward = [*hidden][::-1] if decoder_hidden is None else decoder_hidden
        self.code = code
        self.encoder = MLP(in_features=in_features, out_features=2 * code, hidden=hidden, activation=activation)
        self.decoder = MLP(in_features=code, out_features=in_features, hidden=upward, activation=activation)

    def forward(self, x: Float[Tensor, "*n F"]) -> Float[Tensor, "*n F"]:
        """Return the raw reconstruction from a sampled code in training, from the mean code in evaluation."""
        output: Tensor = self.decoder(self.sampled_code(x))
        return output

    def forward_features(
        self, x: Float[Tensor, "*n F"], mask: Bool[Tensor, "*n"] | None = None
    ) -> Float[Tensor, "*n U"]:
        """Return the input of the head: the last hidden layer of the decoder (U units), or else the code."""
        return self.decoder.forward_features(self.sampled_code(x))

    @property
    def head(self) -> nn.Module:
        """The output layer of the decoder."""
        return self.decoder.head

    def posterior(self, x: Float[Tensor, "*n F"]) -> tuple[Float[Tensor, "*n K"], Float[Tensor, "*n K"]]:
        """Return the mean and the logarithm of the variance of the code units."""
        mean, log_variance = self.encoder(x).chunk(2, -1)
        return mean, log_variance

    def sampled_code(self, x: Float[Tensor, "*n F"]) -> Float[Tensor, "*n K"]:
        """Return a sampled code in training, the mean code in evaluation."""
        mean, log_variance = self.posterior(x)
        return mean + torch.randn_like(mean) * (log_variance / 2).exp() if self.training else mean

    def encode(self, x: Float[Tensor, "*n F"]) -> Float[Tensor, "*n K"]:
        """Return the mean code."""
        return self.posterior(x)[0]

    def decode(self, code: Float[Tensor, "*n K"]) -> Float[Tensor, "*n F"]:
        """Return the raw reconstruction from a code."""
        output: Tensor = self.decoder(code)
        return output

    def reconstruct(self, code: Float[Tensor, "*n K"], x: Float[Tensor, "*n F"]) -> Float[Tensor, "*n F"]:
        """Return the raw reconstruction from a code; x: the inputs, which only conditional networks read."""
        return self.decode(code)

    def sample_codes(self, n: int) -> Float[Tensor, "N K"]:
        """Return n codes from N(0, 1), of which `decode` makes examples."""
        weight = next(self.decoder.parameters())
        return torch.randn(n, self.code, dtype=weight.dtype, device=weight.device)
