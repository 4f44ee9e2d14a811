"""Initialization with pre-trained word vectors."""

import logging

import torch

from ..errors import UserError
from ..layers.embeddings.tokens import TokenEmbedding
from ..spec import DataSpec
from ..text.vectors import read_vectors
from ..text.vocabulary import Vocabulary
from .adapters import Network

log = logging.getLogger(__name__)


@torch.no_grad()
def fill_embedding(net: Network, name: str, spec: DataSpec, *, freeze: bool = False) -> None:
    """Load the vectors of a file into the embedding of a network. Tokens that are not in the file keep their vectors.

    freeze: training does not change the embedding. Raises UserError if the file cannot be read, and if the network has
    no token embedding, the vectors have another size, or no token is found.
    Aggarwal 7.2.2: the columns of Wxh, from word2vec.
    """
    embedding = getattr(net.model, "embedding", None)
    if not isinstance(embedding, TokenEmbedding):
        raise UserError(f"vectors={name} is for networks with a token embedding; this one has none")
    try:
        values, found = read_vectors(name, Vocabulary(spec.vocabulary))
    except UserError as error:
        raise UserError(f"vectors: {error}") from None
    size = embedding.embedding_dim
    if values.shape[1] != size:
        raise UserError(f"the vectors of {name} have {values.shape[1]} dimensions, model.embedding is {size}")
    if not found.any():
        raise UserError(f"{name} has a vector for none of the {len(found)} tokens of the data")
    embedding.weight[found] = values[found]
    embedding.weight.requires_grad_(not freeze)
    log.info("%s has vectors for %d of %d tokens", name, int(found.sum()), len(found))
