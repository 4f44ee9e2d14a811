"""Counts of words that occur near each other.

Shapes: T words of a sentence, V words of the vocabulary, N words of several sentences.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array

from ..errors import UserError, unknown

BLOCK = 1 << 18  # words that are counted together, which limits the memory
Ids = NDArray[np.integer[Any]]
Weighting = Literal["flat", "linear", "harmonic"]


def count_cooccurrences(
    sentences: Iterable[Ids], size: int, *, window: int = 5, weighting: Weighting = "flat"
) -> csr_array:
    """Return how often the words j occur at most `window` words before or after the words i, in the same sentence.

    sentences: ids of words (T,), each below `size`; words with a negative id are outside the vocabulary and are removed
    before windows are taken, as in word2vec. weighting: of a pair at distance d: flat: 1; linear: (window - d + 1) /
    window, the expected count of windows of word2vec, whose size is uniform on 1 to `window`; harmonic: 1 / d, as in
    GloVe. The result (V, V), float64, is symmetric. The memory is proportional to its entries that are not 0, not to
    the length of the text.
    Raises UserError for values out of range.
    """
    if window < 1:
        raise UserError(f"window is {window}; it must be at least 1")
    if weighting not in get_args(Weighting):
        raise unknown("weighting", weighting, get_args(Weighting))
    total = csr_array((size, size), dtype=np.float64)
    for ids, sentence in blocks(sentences):
        if len(ids) and int(ids.max()) >= size:
            raise UserError(f"a word has id {int(ids.max())}; the ids of {size} words are 0 to {size - 1}")
        total = total + count_block(ids, sentence, size, window, weighting)
    return csr_array(total + total.T)


def blocks(sentences: Iterable[Ids]) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Yield the ids of whole sentences, about BLOCK at a time, and the number of the sentence of each: (N,) each."""
    waiting: list[Ids] = []
    words = 0
    for sentence in sentences:
        waiting.append(sentence)
        words += len(sentence)
        if words >= BLOCK:
            yield joined(waiting)
            waiting, words = [], 0
    if waiting:
        yield joined(waiting)


def joined(sentences: list[Ids]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the ids of sentences without negative ones, and the number of the sentence of each."""
    ids = np.concatenate(sentences).astype(np.int64, copy=False)
    sentence = np.repeat(np.arange(len(sentences)), [len(each) for each in sentences])
    known = ids >= 0
    return ids[known], sentence[known]


def count_block(
    ids: NDArray[np.int64], sentence: NDArray[np.int64], size: int, window: int, weighting: Weighting
) -> csr_array:
    """Return the counts of the words that follow each word: (V, V)."""
    parts: list[NDArray[np.int64]] = []
    weights: list[NDArray[np.floating[Any]]] = []
    for distance in range(1, window + 1):
        together = sentence[distance:] == sentence[:-distance]
        keys = ids[:-distance][together] * size + ids[distance:][together]
        if not len(keys):
            break  # no sentence has so many words
        different, counts = np.unique(keys, return_counts=True)
        parts.append(different)
        weights.append(counts * weight_of(distance, window, weighting))
    if not parts:
        return csr_array((size, size), dtype=np.float64)
    rows, columns = np.divmod(np.concatenate(parts), size)
    return csr_array(coo_array((np.concatenate(weights), (rows, columns)), shape=(size, size)))  # sums equal pairs


def weight_of(distance: int, window: int, weighting: Weighting) -> float:
    """Return the weight of a pair of words; see `count_cooccurrences`."""
    return {"flat": 1.0, "linear": (window - distance + 1) / window, "harmonic": 1 / distance}[weighting]
