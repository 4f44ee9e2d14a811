"""Continuous bag of words: a token from its neighbours.

Shapes: B examples, T neighbours of an example, V tokens and documents, K outputs, D dimensions of a vector.
"""

from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from ..card import Traits
from ..layers.embeddings.tokens import TokenEmbedding
from ..layers.embeddings.vectors import choose_vectors
from .skip_gram import initialize


class CBOW(nn.Module):
    """Outputs h . v_j for every token j, where h is the sum of the vectors of the neighbours. Aggarwal 2.6.1, eq. 2.47.

    dimension: D; average: h is the mean, as in word2vec, instead of the sum; the text calls this a scaling. Initial
    vectors are those of `SkipGram`. per_step: whether each step has a target. Raises ValueError for a dimension below
    1, and for per_step=True, since the network has a single output.
    """

    traits = Traits(inputs=("tokens",), targets=("classes",), causal=False)

    def __init__(
        self, *, vocab_size: int, out_features: int, dimension: int = 100, average: bool = True, per_step: bool = False
    ) -> None:
        super().__init__()
        if dimension < 1:
            raise ValueError(f"dimension is {dimension}; it must be at least 1")
        if per_step:
            raise ValueError(
                "the sequences have a target for every step; the network has a single output: use model=gru, say"
            )
        self.average = average
        self.embedding = TokenEmbedding(vocab_size, dimension)
        self.head = nn.Linear(dimension, out_features, bias=False)
        initialize(self.embedding.weight, self.head.weight)

    @property
    def table(self) -> nn.Parameter:
        """The input vectors (V, D)."""
        weight: nn.Parameter = self.embedding.weight  # type: ignore[assignment]
        return weight

    def table_rows(self, x: Int[Tensor, "B T"], mask: Bool[Tensor, "B T"] | None = None) -> Int[Tensor, "B T"]:
        """Return the indices of the vectors of the neighbours, -1 where there is none."""
        return x if mask is None else x.masked_fill(~mask, -1)

    def encode(self, x: Int[Tensor, "B T"], mask: Bool[Tensor, "B T"] | None = None) -> Float[Tensor, "B D"]:
        """Return the sum or mean of the vectors of the neighbours."""
        vectors = self.embedding(x)
        if mask is None:
            return vectors.mean(1) if self.average else vectors.sum(1)
        total = (vectors * mask[..., None]).sum(1)
        return total / mask.sum(1, keepdim=True) if self.average else total

    def forward_features(self, x: Int[Tensor, "B T"], mask: Bool[Tensor, "B T"] | None = None) -> Float[Tensor, "B D"]:
        """Return the input of the output layer."""
        return self.encode(x, mask)

    def forward(self, x: Int[Tensor, "B T"], mask: Bool[Tensor, "B T"] | None = None) -> Float[Tensor, "B K"]:
        """Return the raw outputs."""
        outputs: Tensor = self.head(self.encode(x, mask))
        return outputs

    def vectors(self, which: str = "input") -> Float[Tensor, "V G"]:
        """Return the vectors of the tokens: input, output, sum or both. Raises UserError; see `choose_vectors`.

        Output vectors are those of the tokens only; with documents, the vectors of the input are those of both.
        """
        return choose_vectors(which, self.embedding.weight, self.head.weight)
