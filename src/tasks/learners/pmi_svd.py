"""Vectors of words by singular value decomposition, written into a matrix factorization.

Shapes: V words, N pairs.
"""

from collections.abc import Iterable
from typing import ClassVar

import torch
from scipy.sparse import coo_array, csr_array
from torch import nn

from ...errors import UserError
from ...layers.embeddings.ids import IdEmbedding
from ...spec import Batch
from ...text.associations import pointwise_mutual_information, truncated_svd
from ..components import Components
from .one_pass import OnePass


class PMISVD(OnePass):
    """The best approximation U S W^T of the pointwise mutual information of pairs by a matrix of rank `model.rank`.

    The vectors of words are U S^power, those of contexts W S^(1 - power), so their products are the approximation. The
    counts are those of the pairs that occur; sampled pairs are left out. shift: k, entries are reduced by log k;
    smoothing: the power of the counts of contexts; positive: entries below 0 become 0; otherwise only pairs that do not
    occur have the entry 0. The information minus log k is the best score of a pair in skip-gram with negative sampling.
    Levy and Goldberg 2014, cited in Aggarwal 2.6.3; power and smoothing as in Levy, Goldberg and Dagan 2015.
    Raises UserError for other networks, values out of range, and a rank above the number of words.
    """

    targets: ClassVar[tuple[str, ...]] = ("signed_counts",)
    ignores: ClassVar[frozenset[str]] = frozenset(  # all weights are replaced, and sampled pairs are left out
        {"init", "model.init_std", "data.negatives", "data.noise_power", "data.exclude", "data.negative_weight"}
    )

    def __init__(
        self,
        *,
        components: Components,
        shift: float = 1.0,
        smoothing: float = 0.75,
        positive: bool = True,
        power: float = 0.5,
    ) -> None:
        if not 0 <= power <= 1:
            raise UserError(f"task.power is {power}; it must be from 0 to 1")
        self.embeddings = two_embeddings(components)
        super().__init__(components=components)
        self.shift, self.smoothing, self.positive, self.power = shift, smoothing, positive, power

    def solve(self, batches: Iterable[Batch]) -> None:
        """Collect the counts, decompose their information, and write the vectors into the network."""
        pairs, values = [], []
        for batch in batches:
            occurs = batch.y[:, 0] > 0
            pairs.append((batch.x[occurs] - 1).cpu())
            values.append(batch.y[occurs, 0].double().cpu())
        words, contexts = (embedding.weight for embedding in self.embeddings)
        rows, columns = torch.cat(pairs).numpy().T
        shape = len(words), len(contexts)
        counts = csr_array(coo_array((torch.cat(values).numpy(), (rows, columns)), shape=shape))
        information = pointwise_mutual_information(
            counts, shift=self.shift, smoothing=self.smoothing, positive=self.positive
        )
        left, sizes, right = truncated_svd(information, words.shape[1])
        words.copy_(torch.from_numpy(left * sizes**self.power))
        contexts.copy_(torch.from_numpy(right * sizes ** (1 - self.power)))


def two_embeddings(components: Components) -> tuple[IdEmbedding, IdEmbedding]:
    """Return the vectors of words and contexts. Raises UserError for other networks than u . v."""
    model: nn.Module = getattr(components.net, "model", components.net)
    words, contexts = (getattr(model, name, None) for name in ("user_vectors", "item_vectors"))
    if not isinstance(words, IdEmbedding) or not isinstance(contexts, IdEmbedding) or getattr(model, "biases", False):
        raise UserError(
            f"task 'pmi_svd' needs a matrix factorization without biases; {type(model).__name__} is none with these "
            "settings: try model=pmi_svd"
        )
    if words.weight.shape[1] > (most := min(len(words.weight), len(contexts.weight))):
        raise UserError(
            f"model.rank is {words.weight.shape[1]}; the data has {most} words, which have no more components"
        )
    return words, contexts
