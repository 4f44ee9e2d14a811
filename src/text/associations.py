"""Pointwise mutual information of words and contexts, and vectors from its singular value decomposition.

Shapes: V words, C contexts, K components.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.linalg import svds

from ..errors import UserError

MAX_FULL = 2000  # entries of the smaller side up to which the full decomposition is computed
Matrix = NDArray[np.float64]


def pointwise_mutual_information(
    counts: csr_array, *, shift: float = 1.0, smoothing: float = 1.0, positive: bool = True
) -> csr_array:
    """Return log(p(i, j) / (p(i) p(j))) - log(shift) of the counts (V, C), which are at least 0: (V, C), float64.

    shift: k, the number of negatives of skip-gram with negative sampling, whose best scores these are (Levy and
    Goldberg 2014); smoothing: the power of the counts of the contexts in p(j), 0.75 in word2vec; positive: entries
    below 0 become 0. Pairs that never occur have the entry 0, the limit only with `positive`; otherwise they would be
    minus infinity.
    Raises UserError for values out of range, and if all counts are 0.
    """
    if not 0 < shift < np.inf:
        raise UserError(f"shift is {shift}; it must be above 0: the information is reduced by log(shift)")
    if not 0 <= smoothing < np.inf:
        raise UserError(f"smoothing is {smoothing}; it must be at least 0")
    found = csr_array(counts, dtype=np.float64, copy=True)
    found.sum_duplicates()
    found.eliminate_zeros()
    if not found.nnz:
        raise UserError("all counts are 0; there are no pairs of words")
    words, contexts = found.sum(1), found.sum(0) ** smoothing * (found.sum(0) > 0)
    rows = np.repeat(np.arange(found.shape[0]), np.diff(found.indptr))
    share = np.log(words[rows]) + np.log(contexts[found.indices] / contexts.sum())
    found.data = np.log(found.data) - share - np.log(shift)
    if positive:
        found.data = found.data.clip(min=0)
        found.eliminate_zeros()
    return found


def truncated_svd(matrix: csr_array, rank: int) -> tuple[Matrix, NDArray[Any], Matrix]:
    """Return U (V, K), the singular values (K,), largest first, and W (C, K) with U S W^T the best approximation.

    The result is deterministic: the entry of the largest size in each column of U is positive, and the iteration
    starts with a fixed vector. Raises UserError for a rank that is out of range.
    """
    smaller = min(matrix.shape)
    if not 1 <= rank <= smaller:
        raise UserError(f"the rank is {rank}; it must be at least 1 and at most {smaller}, the size of the matrix")
    if smaller <= MAX_FULL or rank >= smaller:
        left, values, right = np.linalg.svd(matrix.toarray(), full_matrices=False)
        left, values, right = left[:, :rank], values[:rank], right[:rank]
    else:
        start = np.random.default_rng(0).standard_normal(smaller)
        left, values, right = svds(matrix, k=rank, v0=start)
        order = np.argsort(-values, kind="stable")
        left, values, right = left[:, order], values[order], right[order]
    signs = np.sign(left[np.abs(left).argmax(0), np.arange(rank)])
    return left * signs, values, (right * signs[:, None]).T
