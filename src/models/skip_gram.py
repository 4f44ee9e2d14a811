"""Skip-gram: the neighbours of a token from the token.

Shapes: B examples, V tokens or documents, K outputs, D dimensions of a vector.
"""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from ..card import Traits
from ..layers.embeddings.ids import IdEmbedding
from ..layers.embeddings.vectors import choose_vectors


class SkipGram(nn.Module):
    """Outputs h . v_j for every token j, where h = u_r is the vector of the input token r. Aggarwal 2.6.2, eq. 2.52.

    dimension: D. Initial input vectors are uniform in [-1/2D, 1/2D], output vectors 0, as in word2vec. Id 0 stands for
    tokens that are not in the vocabulary; its vector is 0. Raises ValueError for a dimension below 1.
    """

    traits = Traits(inputs=("index",), targets=("context",))
    average = False

    def __init__(self, *, num_ids: int, out_features: int, dimension: int = 100) -> None:
        super().__init__()
        if dimension < 1:
            raise ValueError(f"dimension is {dimension}; it must be at least 1")
        self.embedding = IdEmbedding(num_ids, dimension, std=1.0)
        self.head = nn.Linear(dimension, out_features, bias=False)
        initialize(self.embedding.weight, self.head.weight)

    @property
    def table(self) -> nn.Parameter:
        """The input vectors (V, D)."""
        return self.embedding.weight

    def table_rows(self, x: Int[Tensor, "B 1"], mask: None = None) -> Int[Tensor, "B 1"]:
        """Return the index of the vector of each token, -1 for unknown ones."""
        return x - 1

    def encode(self, x: Int[Tensor, "B 1"]) -> Float[Tensor, "B D"]:
        """Return the vectors of tokens."""
        return self.embedding(x[:, 0])

    def forward_features(self, x: Int[Tensor, "B 1"], mask: None = None) -> Float[Tensor, "B D"]:
        """Return the input of the output layer."""
        return self.encode(x)

    def forward(self, x: Int[Tensor, "B 1"]) -> Float[Tensor, "B K"]:
        """Return the raw outputs, which are the same for every place of a neighbour."""
        outputs: Tensor = self.head(self.encode(x))
        return outputs

    def vectors(self, which: str = "input") -> Float[Tensor, "V G"]:
        """Return the vectors of the tokens: input, output, sum or both. Raises UserError; see `choose_vectors`."""
        return choose_vectors(which, self.embedding.weight, self.head.weight)


@torch.no_grad()
def initialize(inputs: Tensor, outputs: Tensor) -> None:
    """Set the initial vectors as word2vec does."""
    dimension = inputs.shape[1]
    nn.init.uniform_(inputs, -0.5 / dimension, 0.5 / dimension)
    nn.init.zeros_(outputs)
