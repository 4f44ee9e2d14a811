"""Network from the index of a row of a matrix to the values of the row.

Shapes: B rows of R, K features of a row, U units of the last hidden layer, O columns.
"""

from collections.abc import Sequence
from itertools import pairwise

from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from ..card import Traits
from ..layers.activations import activation as activation_named
from ..layers.embeddings.ids import IdEmbedding
from ..layers.embeddings.vectors import choose_vectors


class RowIndex(nn.Module):
    """The ratings of a user for all items, from the index of the user alone: U V^T without hidden layers.

    The input is a one-hot row index, so the first layer, which is linear, is an embedding; see Aggarwal 2.5.7. rank: K;
    hidden: units of nonlinear layers between embedding and output; activation: of these; bias: of all layers but the
    embedding; init_std: standard deviation of the initial embedding. Index 0 stands for users who are not in the
    training set; its embedding is 0. The code is the embedding. With counts of words, rows are words and columns
    contexts; without bias and with the multinomial loss this is skip-gram with a softmax, see Aggarwal 2.6.4.
    Raises ValueError for a layer without units, an unknown activation, and an init_std that is not above 0.
    """

    traits = Traits(
        inputs=("index",), targets=("real", "multilabel", "classes", "counts"), needs={"activation": ("hidden",)}
    )

    def __init__(
        self,
        *,
        num_users: int,
        out_features: int,
        rank: int = 10,
        hidden: Sequence[int] = (),
        activation: str = "relu",
        bias: bool = True,
        init_std: float = 0.1,
    ) -> None:
        super().__init__()
        if (smallest := min([rank, *hidden])) < 1:
            raise ValueError(f"a layer has {smallest} units; each needs at least 1")
        if not 0 < init_std < float("inf"):
            raise ValueError(f"init_std is {init_std}; it must be above 0: features that start at 0 learn slowly")
        self.embedding = IdEmbedding(num_users, rank, std=init_std)
        layers: list[nn.Module] = []
        for fan_in, units in pairwise([rank, *hidden]):
            layers += [nn.Linear(fan_in, units, bias=bias), activation_named(activation)]
        self.hidden = nn.Sequential(*layers)
        self.head = nn.Linear([rank, *hidden][-1], out_features, bias=bias)

    def encode(self, x: Int[Tensor, "B 1"]) -> Float[Tensor, "B K"]:
        """Return the features of the rows."""
        return self.embedding(x[:, 0])

    def forward_features(self, x: Int[Tensor, "B 1"], mask: Bool[Tensor, " B"] | None = None) -> Float[Tensor, "B U"]:
        """Return the input of the head: the last hidden layer, or else the features of the rows."""
        features: Tensor = self.hidden(self.encode(x))
        return features

    def forward(self, x: Int[Tensor, "B 1"]) -> Float[Tensor, "B O"]:
        """Return the raw outputs."""
        outputs: Tensor = self.head(self.forward_features(x))
        return outputs

    def vectors(self, which: str = "input") -> Tensor:
        """Return the vectors of all rows (input), (R, K), or columns (output), or of words in both roles: sum, both.

        Those of the columns are the weights of the last layer. Raises UserError for another name, and for different
        numbers or sizes of vectors.
        """
        return choose_vectors(which, self.embedding.weight, self.head.weight)

    def user_embeddings(self) -> list[IdEmbedding]:
        """Return the embedding of users if the outputs are linear in it, else nothing."""
        return [] if len(self.hidden) else [self.embedding]

    def user_terms(self, items: Int[Tensor, " I"]) -> tuple[Float[Tensor, " I"], Float[Tensor, "I K"]]:
        """Return a and F such that a user with the embedding w rates the items a + F w, without hidden layers."""
        weight = self.head.weight[items - 1]
        return weight.new_zeros(len(items)) if self.head.bias is None else self.head.bias[items - 1], weight
