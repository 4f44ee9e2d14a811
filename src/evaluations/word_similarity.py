"""Agreement of cosines of word vectors with similarities judged by humans."""

import math
from typing import ClassVar, Literal

from ..data.base import Data
from ..errors import UserError
from ..files.text import find_text_file
from ..tasks.base import Task
from ..text.word_pairs import Agreement, compare, read_pairs
from .base import Evaluation
from .named_vectors import vectors_of


class WordSimilarity(Evaluation):
    """Spearman's rank correlation of the cosines of pairs of words with scores by humans: word_similarity, in [-1, 1].

    Pairs with a word outside of the vocabulary are left out and counted in pairs_left_out; pairs_compared is the number
    of the others. The metrics do not depend on the split. path: a file in the format of WordSim-353 (two words and a
    number, separated by tabs), in `root` or, without `root`, in the working directory or $NNZOO_DATA; vectors: which
    vectors of the network; min_count, max_count: compare only pairs whose rarer word occurs so often in the training
    text, null for no bound. Raises UserError for networks without such vectors, for a file that is missing or damaged,
    for bounds out of order, and if fewer than two pairs can be compared. Finkelstein et al. (2002), Placing search in
    context.
    """

    names: ClassVar[tuple[str, ...]] = ("word_similarity", "pairs_compared", "pairs_left_out")

    def __init__(
        self,
        *,
        path: str = "text/wordsim353.tsv",
        root: str | None = None,
        vectors: Literal["input", "output", "sum", "both"] = "input",
        min_count: int | None = None,
        max_count: int | None = None,
    ) -> None:
        if min_count is not None and max_count is not None and min_count > max_count:
            raise UserError(f"word_similarity: min_count is {min_count}; it must be at most max_count, {max_count}")
        self.counts = min_count or 0, math.inf if max_count is None else max_count
        self.path = find_text_file(path, root)
        self.pairs = read_pairs(self.path)
        self.vectors = vectors

    def check(self, task: Task, data: Data) -> None:
        """Raise UserError for networks without vectors, and if there is nothing to compare."""
        found = self.compare(task, data)
        if found.pairs < 2:
            low, high = self.counts
            outside = "" if self.counts == (0, math.inf) else f" or a rarer word that occurs not {low} to {high} times"
            raise UserError(
                f"word_similarity: {found.left_out} of the {len(self.pairs)} pairs in {self.path} have a word outside "
                f"of the vocabulary{outside}; it needs at least 2 others"
            )

    def compute(self, task: Task, data: Data, split: str) -> dict[str, float]:
        """Return the correlation and the numbers of pairs."""
        found = self.compare(task, data)
        return {
            "word_similarity": found.correlation,
            "pairs_compared": float(found.pairs),
            "pairs_left_out": float(found.left_out),
        }

    def compare(self, task: Task, data: Data) -> Agreement:
        """Return the agreement on the pairs whose rarer word occurs as often as it should."""
        vectors, (low, high) = vectors_of(task, self.vectors), self.counts
        if (low, high) == (0, math.inf):
            return compare(vectors, self.pairs)
        if vectors.names != data.spec.labels:
            raise UserError(
                "word_similarity: min_count and max_count need the counts of the words, which data=corpus has"
            )
        counts = data.target_counts()
        return compare(vectors, self.pairs, lambda rows: low <= min(counts[row] for row in rows) <= high)
