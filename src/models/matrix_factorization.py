"""Matrix factorization of ratings, of implicit feedback, or of counts of pairs of words.

Shapes: B pairs of user and item ids.
"""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from ..card import Traits
from ..errors import UserError
from ..layers.embeddings.ids import IdEmbedding
from ..layers.embeddings.vectors import choose_vectors


class MatrixFactorization(nn.Module):
    """Rating r = mean + b_user + c_item + u_user . v_item. Aggarwal 2.5.7, where only the last term occurs.

    With the log loss of implicit feedback, r is the log odds that the user chooses the item (logistic factorization).
    With pairs of words, users are words and items contexts; see Aggarwal 2.6.3.

    rank: dimension of the vectors u and v, 0 for a model of biases only; biases: learn mean, b and c; init_std:
    standard deviation of the initial vectors. Id 0 stands for users and items that are not in the training set; its
    bias and vector are 0.
    Raises ValueError for a rank below 0, for rank 0 without biases, and for an init_std that is not above 0.
    """

    traits = Traits(
        inputs=("ids",), targets=("real", "multilabel", "counts", "signed_counts"), needs={"init_std": ("rank",)}
    )

    def __init__(
        self, *, num_users: int, num_items: int, rank: int = 10, biases: bool = True, init_std: float = 0.1
    ) -> None:
        super().__init__()
        if rank < (0 if biases else 1):
            raise ValueError(f"rank is {rank}; it must be at least {0 if biases else '1 without biases'}")
        if rank and not 0 < init_std < float("inf"):
            raise ValueError(f"init_std is {init_std}; it must be above 0: vectors that start at 0 learn nothing")
        self.rank = rank
        self.biases = biases
        if rank:
            self.user_vectors = IdEmbedding(num_users, rank, std=init_std)
            self.item_vectors = IdEmbedding(num_items, rank, std=init_std)
        if biases:
            self.mean = nn.Parameter(torch.zeros(1))
            self.user_biases = IdEmbedding(num_users, 1, std=0.0)
            self.item_biases = IdEmbedding(num_items, 1, std=0.0)

    def forward(self, x: Int[Tensor, "B 2"]) -> Float[Tensor, "B 1"]:
        """Return the raw outputs, for example ratings."""
        users, items = x.unbind(-1)
        if not self.rank:
            return self.bias_terms(users, items)
        product: Tensor = (self.user_vectors(users) * self.item_vectors(items)).sum(-1, keepdim=True)
        return product + self.bias_terms(users, items) if self.biases else product

    def bias_terms(self, users: Int[Tensor, " B"], items: Int[Tensor, " B"]) -> Float[Tensor, "B 1"]:
        """Return the mean plus the biases of users and items."""
        total: Tensor = self.mean + self.user_biases(users) + self.item_biases(items)
        return total

    def vectors(self, which: str = "input") -> Tensor:
        """Return the vectors of all users (input) or items (output) as rows, or of words in both roles: sum, both.

        Raises UserError with rank 0, for another name, and for different numbers of users and items; see
        `choose_vectors`.
        """
        if not self.rank:
            raise UserError("rank is 0; a model of biases only has no vectors")
        return choose_vectors(which, self.user_vectors.weight, self.item_vectors.weight)

    def user_embeddings(self) -> list[IdEmbedding]:
        """Return the embeddings of users: vectors, biases."""
        return [*([self.user_vectors] if self.rank else []), *([self.user_biases] if self.biases else [])]

    def user_terms(self, items: Int[Tensor, " I"]) -> tuple[Float[Tensor, " I"], Float[Tensor, "I K"]]:
        """Return a and F such that a user with the parameters w, see `user_embeddings`, rates the items a + F w."""
        columns = [self.item_vectors(items)] if self.rank else []
        if not self.biases:
            return columns[0].new_zeros(len(items)), columns[0]
        offset = (self.mean + self.item_biases(items)).squeeze(-1)
        return offset, torch.cat([*columns, torch.ones_like(offset)[:, None]], 1)
