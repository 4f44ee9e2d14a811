"""Pairs of words that occur near each other, with sampled pairs that do not. Aggarwal 2.6.3.

Shapes: V words, N pairs that occur, M examples.
"""

from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.sparse import csr_array

from ...errors import UserError
from ...spec import Batch

STREAM = 2  # so that the sampled pairs and the order of the examples have different random numbers
ROUNDS = 8  # of drawing again what must not be drawn, before the exact distributions of the rest are computed
NegativeWeight = Literal["sampled", "occurrences"]
Ids = NDArray[np.int64]


class SampledPairs:
    """All pairs that occur, with their counts, and sampled pairs, with the number of times they were drawn.

    counts: (V, V), of pairs that occur; each word i with n_i different contexts has negatives * n_i draws j from
    `noise` (V,), which need not sum to 1. excluded: (V, V), pairs with a count are not drawn, which leaves out a word
    whose contexts are all words; None to draw from all of them, as word2vec does, so that a pair can be both. weight:
    sampled: a pair that was drawn n times has the weight n; occurrences: n times the mean count of the pairs of its
    word, so that the expected weight of the sampled pairs of a word is `negatives` times its occurrences, as in
    skip-gram with negative sampling.
    Raises UserError if a pair occurs but none can be drawn.
    """

    def __init__(
        self,
        counts: csr_array,
        *,
        noise: NDArray[np.float64],
        negatives: int,
        excluded: csr_array | None,
        weight: NegativeWeight,
        source: str,
    ) -> None:
        self.size = counts.shape[1]
        self.noise = noise
        different = np.diff(counts.indptr)
        self.rows = np.repeat(np.arange(len(different)), different)
        self.keys = self.rows * self.size + counts.indices
        self.counts = counts.data
        self.draws = negatives * different
        self.excluded: Ids = np.zeros(0, dtype=np.int64)
        if excluded is not None:
            rows = np.repeat(np.arange(self.size), np.diff(excluded.indptr))
            self.excluded = np.unique(rows * self.size + excluded.indices)
            taken = np.bincount(rows, (noise > 0)[excluded.indices], minlength=self.size)
            self.draws = np.where(taken < (noise > 0).sum(), self.draws, 0)
        if negatives and not self.draws.any():
            raise UserError(f"{source}: every word occurs near every word; there are no other pairs to sample")
        occurrences = np.asarray(counts.sum(1))
        self.weights = occurrences / np.maximum(different, 1) if weight == "occurrences" else np.ones(self.size)

    def examples(self, seed: int, epoch: int) -> Batch:
        """Return x (M, 2), the ids of word and context from 1, and y (M, 1), counts or minus the weights of draws.

        The pairs that occur come first. The draws depend on (seed, epoch).
        """
        rng = np.random.default_rng([seed, epoch, STREAM])
        drawn, times = np.unique(self._draw(rng), return_counts=True)
        keys = np.concatenate([self.keys, drawn])
        y = np.concatenate([self.counts, -times * self.weights[drawn // self.size]])
        x = np.stack(np.divmod(keys, self.size), 1) + 1
        return Batch(torch.from_numpy(x), torch.from_numpy(y).float()[:, None])

    def _draw(self, rng: np.random.Generator) -> Ids:
        """Return the keys of the draws."""
        rows = np.repeat(np.arange(len(self.draws)), self.draws)
        cumulative = self.noise.cumsum() / self.noise.sum()
        found: list[Ids] = []
        for _ in range(ROUNDS):
            columns = np.searchsorted(cumulative, rng.random(len(rows)), side="right").clip(max=self.size - 1)
            keys = rows * self.size + columns
            wrong = self._is_excluded(keys)
            found.append(keys[~wrong])
            rows = rows[wrong]
            if not len(rows):
                break
        for row, times in zip(*np.unique(rows, return_counts=True), strict=True):
            share = np.where(self._is_excluded(row * self.size + np.arange(self.size)), 0, self.noise)
            found.append(row * self.size + rng.choice(self.size, times, p=share / share.sum()))
        return np.concatenate(found) if found else np.zeros(0, dtype=np.int64)

    def _is_excluded(self, keys: Ids) -> NDArray[np.bool_]:
        """Return which keys are of excluded pairs."""
        if not len(self.excluded):
            return np.zeros(len(keys), dtype=np.bool_)
        place = np.searchsorted(self.excluded, keys).clip(max=len(self.excluded) - 1)
        return self.excluded[place] == keys
