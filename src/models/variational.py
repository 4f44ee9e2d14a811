"""Base class of variational autoencoders with dense layers.

Shapes: *n examples or steps, F inputs, C numbers of a context, D outputs, K code units, N sampled codes.
"""

from collections.abc import Sequence

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from .mlp import MLP


class DenseVariational(nn.Module):
    """An encoder to a normal distribution of codes, and a decoder, both multilayer perceptrons.

    The encoder computes the mean and the logarithm of the variance of each code unit, and the decoder the raw outputs
    from a code. A code is sampled in training; in evaluation it is the mean. Networks with a context override
    `encoder_input` and `decoder_input`.
    inputs: of the encoder; outputs: D; context: C; hidden: units of each hidden layer of the encoder; code: K;
    decoder_hidden: units of each hidden layer of the decoder, None for those of the encoder in reverse order;
    activation: of all hidden layers. Raises ValueError for a layer without units or an unknown activation.
    """

    def __init__(
        self,
        *,
        inputs: int,
        outputs: int,
        context: int,
        hidden: Sequence[int],
        code: int,
        decoder_hidden: Sequence[int] | None,
        activation: str,
    ) -> None:
        super().__init__()
        if code < 1:
            raise ValueError(f"code is {code}; it must be at least 1")
        upward = [*hidden][::-1] if decoder_hidden is None else decoder_hidden
        self.code = code
        self.encoder = MLP(in_features=inputs, out_features=2 * code, hidden=hidden, activation=activation)
        self.decoder = MLP(in_features=code + context, out_features=outputs, hidden=upward, activation=activation)

    def encoder_input(self, x: Float[Tensor, "*n F"]) -> Float[Tensor, "*n inputs"]:
        """Return what the encoder reads."""
        return x

    def decoder_input(self, code: Float[Tensor, "*n K"], x: Float[Tensor, "*n F"]) -> Float[Tensor, "*n KC"]:
        """Return what the decoder reads: the code, and the context in the inputs x if there is one."""
        return code

    def forward(self, x: Float[Tensor, "*n F"]) -> Float[Tensor, "*n D"]:
        """Return the raw outputs for a sampled code in training, for the mean code in evaluation."""
        return self.reconstruct(self.sampled_code(x), x)

    def forward_features(
        self, x: Float[Tensor, "*n F"], mask: Bool[Tensor, "*n"] | None = None
    ) -> Float[Tensor, "*n U"]:
        """Return the input of the head: the last hidden layer of the decoder (U units), or else its input."""
        return self.decoder.forward_features(self.decoder_input(self.sampled_code(x), x))

    @property
    def head(self) -> nn.Module:
        """The output layer of the decoder."""
        return self.decoder.head

    def posterior(self, x: Float[Tensor, "*n F"]) -> tuple[Float[Tensor, "*n K"], Float[Tensor, "*n K"]]:
        """Return the mean and the logarithm of the variance of the code units."""
        mean, log_variance = self.encoder(self.encoder_input(x)).chunk(2, -1)
        return mean, log_variance

    def sampled_code(self, x: Float[Tensor, "*n F"]) -> Float[Tensor, "*n K"]:
        """Return a sampled code in training, the mean code in evaluation."""
        mean, log_variance = self.posterior(x)
        return mean + torch.randn_like(mean) * (log_variance / 2).exp() if self.training else mean

    def encode(self, x: Float[Tensor, "*n F"]) -> Float[Tensor, "*n K"]:
        """Return the mean code."""
        return self.posterior(x)[0]

    def reconstruct(self, code: Float[Tensor, "*n K"], x: Float[Tensor, "*n F"]) -> Float[Tensor, "*n D"]:
        """Return the raw outputs for a code; x: the inputs, of which only the context is read."""
        output: Tensor = self.decoder(self.decoder_input(code, x))
        return output

    def sample_codes(self, n: int) -> Float[Tensor, "N K"]:
        """Return n codes from N(0, 1), of which the decoder makes examples."""
        weight = next(self.decoder.parameters())
        return torch.randn(n, self.code, dtype=weight.dtype, device=weight.device)
