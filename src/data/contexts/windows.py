"""Windows around the tokens of sequences.

Shapes: T tokens of a block with the numbers that end its sequences, N windows, t tokens on each side, V ids.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .stream import Ids


class Windows(NamedTuple):
    """Tokens with their neighbours.

    centers: ids (N,); contexts: the ids of the neighbours (N, 2 t), -1 where absent, which comes last; documents: of
    the centers (N,); places: of the centers among all tokens of the block (N,), in ascending order.
    """

    centers: NDArray[np.int64]
    contexts: NDArray[np.int64]
    documents: NDArray[np.int64]
    places: NDArray[np.int64]


def windows(
    block: Ids, *, size: int, keep: NDArray[np.float64] | None, random_size: bool, random: np.random.Generator
) -> Windows:
    """Return a window around each token of a block that has a neighbour in its sequence.

    size: t; random_size: the number of neighbours on each side is drawn from 1 to t for each center, which gives near
    tokens more weight; keep: probability (V,) with which each occurrence of an id is kept, before windows are formed,
    None to keep all. Aggarwal 2.6.2; Mikolov et al. 2013.
    """
    ends = np.flatnonzero(block < 0)
    documents = -1 - block[ends].astype(np.int64)  # of each sequence
    sequence = np.repeat(np.arange(len(ends)), np.diff(ends, prepend=-1) - 1)
    ids = block[block >= 0]
    places = np.arange(len(ids))
    if keep is not None:
        kept = random.random(len(ids)) < keep[ids]
        ids, sequence, places = ids[kept], sequence[kept], places[kept]
    sizes = random.integers(1, size + 1, len(ids)) if random_size else np.full(len(ids), size)
    first = np.flatnonzero(np.diff(sequence, prepend=-1))  # of each sequence
    lengths = np.diff(first, append=len(ids))
    begin = np.repeat(first, lengths)
    here = np.arange(len(ids))
    left = np.minimum(sizes, here - begin)
    right = np.minimum(sizes, begin + np.repeat(lengths, lengths) - 1 - here)
    column = np.arange(2 * size)
    before = column < left[:, None]  # the neighbours on the left come first, from the nearest
    offset = np.where(before, -1 - column, column - left[:, None] + 1)
    present = column < (left + right)[:, None]
    padded = np.append(ids.astype(np.int64), -1)
    contexts = padded[np.where(present, here[:, None] + offset, len(ids))]
    found = left + right > 0
    return Windows(ids[found].astype(np.int64), contexts[found], documents[sequence[found]], places[found])


def keep_probabilities(counts: NDArray[np.float64], threshold: float) -> NDArray[np.float64]:
    """Return the probability with which an occurrence of each token is kept: sqrt(t / f) + t / f, at most 1.

    counts: of the tokens (V,); f is the share of a token in all of them, t the threshold. word2vec uses this formula;
    Mikolov et al. 2013 print sqrt(t / f).
    """
    ratio = threshold * counts.sum() / np.maximum(counts, 1)
    return np.minimum(1.0, np.sqrt(ratio) + ratio)
