"""Base class of networks that reconstruct their input from a code.

Shapes: *n examples or steps, F inputs, K code units, U inputs of the last layer.
"""

from jaxtyping import Bool, Float
from torch import Tensor, nn

from ..layers.corruption import Corruption
from ..layers.sparse_code import TopR, WinnerTakeAll


class EncoderDecoder(nn.Module):
    """An encoder, a code that a sparsity layer may thin out, and a decoder. Aggarwal 2.5.1.

    encoder: inputs to activations of the code; decoder: code to raw outputs, its last layer is the head; sparsity: sets
    most units of the code to 0, None for a dense code; corruption: noise on the input of `forward`, None for no noise.
    """

    def __init__(
        self,
        *,
        encoder: nn.Sequential,
        decoder: nn.Sequential,
        sparsity: TopR | WinnerTakeAll | None = None,
        corruption: Corruption | None = None,
    ) -> None:
        super().__init__()
        self.corruption = nn.Identity() if corruption is None else corruption
        self.encoder = encoder
        self.sparsity = sparsity
        self.decoder = decoder

    def forward(self, x: Float[Tensor, "*n F"], mask: Bool[Tensor, "*n"] | None = None) -> Float[Tensor, "*n F"]:
        """Return the raw reconstruction of the input, which is corrupted first; mask: True at real steps."""
        return self.decode(self.encode(self.corruption(x), mask))

    def forward_features(
        self, x: Float[Tensor, "*n F"], mask: Bool[Tensor, "*n"] | None = None
    ) -> Float[Tensor, "*n U"]:
        """Return the input of the head: the last hidden layer of the decoder, or else the code."""
        return self.decoder[:-1](self.encode(self.corruption(x), mask))

    @property
    def head(self) -> nn.Module:
        """The output layer of the decoder."""
        return self.decoder[-1]

    def encode(self, x: Float[Tensor, "*n F"], mask: Bool[Tensor, "*n"] | None = None) -> Float[Tensor, "*n K"]:
        """Return the code of inputs without noise; mask: True at real steps."""
        h: Tensor = self.encoder(x)
        return h if self.sparsity is None else self.sparsity(h, mask)

    def decode(self, code: Float[Tensor, "*n K"]) -> Float[Tensor, "*n F"]:
        """Return the raw reconstruction from a code."""
        return self.decoder(code)
