"""The first layer of networks that read sequences of numbers or of tokens."""

from torch import nn

from .tokens import TokenEmbedding


def embed_steps(in_features: int | None, vocab_size: int | None, embedding: int) -> tuple[nn.Module, int]:
    """Return the layer from steps to vectors, and the size of these.

    in_features: of steps that are vectors, which are unchanged; or vocab_size: number of tokens; embedding: size of
    their vectors. Raises ValueError unless exactly one of the first two is given, and for an embedding below 1.
    """
    if embedding < 1:
        raise ValueError(f"embedding is {embedding}; it must be at least 1")
    if in_features is not None and vocab_size is None:
        return nn.Identity(), in_features
    if in_features is None and vocab_size is not None:
        return TokenEmbedding(vocab_size, embedding), embedding
    raise ValueError(f"give exactly one of in_features={in_features} and vocab_size={vocab_size}")
