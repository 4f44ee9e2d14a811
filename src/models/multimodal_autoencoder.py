"""Multimodal autoencoder with dense layers.

Shapes: *n examples, F inputs of all modalities, K code units.
"""

from collections.abc import Sequence

from jaxtyping import Bool, Float
from torch import Tensor, nn

from ..card import Traits
from ..layers.modalities import MissingModalities
from .autoencoder import Autoencoder


class MultimodalAutoencoder(nn.Module):
    """An autoencoder with inputs of several modalities, one joint code, and outputs of all modalities.

    A missing modality (NaN) is reconstructed from the others; in training, modalities are dropped at random so that the
    network learns this. Aggarwal 2.5.6, Fig. 2.12 (one hidden layer: `hidden=()`).
    block_sizes: inputs of each modality; hidden: units of each hidden layer between all inputs and the code, and in
    reverse order between code and outputs; code: K; activation: of the hidden layers; code_activation: of the code;
    drop: probability that an example loses one modality in training.
    Raises ValueError for a layer without units, an unknown activation, a single modality, and a probability outside
    [0, 1].
    """

    traits = Traits(inputs=("vector",), targets=("input",), needs={"activation": ("hidden",)})

    def __init__(
        self,
        *,
        in_features: int,
        block_sizes: Sequence[int],
        hidden: Sequence[int] = (128,),
        code: int = 32,
        activation: str = "relu",
        code_activation: str = "identity",
        drop: float = 0.5,
    ) -> None:
        super().__init__()
        self.missing = MissingModalities(sizes=block_sizes, drop=drop)
        self.autoencoder = Autoencoder(
            in_features=in_features, hidden=hidden, code=code, activation=activation, code_activation=code_activation
        )

    def forward(self, x: Float[Tensor, "*n F"]) -> Float[Tensor, "*n F"]:
        """Return the raw reconstruction of all modalities."""
        output: Tensor = self.autoencoder(self.missing(x))
        return output

    def forward_features(
        self, x: Float[Tensor, "*n F"], mask: Bool[Tensor, "*n"] | None = None
    ) -> Float[Tensor, "*n U"]:
        """Return the input of the head: the last hidden layer of the decoder (U units), or else the code."""
        return self.autoencoder.forward_features(self.missing(x))

    @property
    def head(self) -> nn.Module:
        """The output layer of the decoder."""
        return self.autoencoder.head

    def encode(self, x: Float[Tensor, "*n F"]) -> Float[Tensor, "*n K"]:
        """Return the joint code of the modalities that are not missing."""
        return self.autoencoder.encode(self.missing(x))

    def decode(self, code: Float[Tensor, "*n K"]) -> Float[Tensor, "*n F"]:
        """Return the raw reconstruction of all modalities from a code."""
        return self.autoencoder.decode(code)
