"""Agreement of cosines of word vectors with similarities judged by humans."""

from typing import ClassVar, Literal

from ..data.base import Data
from ..errors import UserError
from ..files.text import find_text_file
from ..tasks.base import Task
from ..text.word_pairs import compare, read_pairs
from .base import Evaluation
from .named_vectors import vectors_of


class WordSimilarity(Evaluation):
    """Spearman's rank correlation of the cosines of pairs of words with scores by humans: word_similarity, in [-1, 1].

    Pairs with a word outside of the vocabulary are left out and counted in pairs_left_out; pairs_compared is the number
    of the others. The metrics do not depend on the split. path: a file in the format of WordSim-353 (two words and a
    number, separated by tabs), in `root` or, without `root`, in the working directory or $NNZOO_DATA; vectors: which
    vectors of the network. Raises UserError for networks without such vectors, for a file that is missing or damaged,
    and if fewer than two pairs can be compared. Finkelstein et al. (2002), Placing search in context.
    """

    names: ClassVar[tuple[str, ...]] = ("word_similarity", "pairs_compared", "pairs_left_out")

    def __init__(
        self,
        *,
        path: str = "text/wordsim353.tsv",
        root: str | None = None,
        vectors: Literal["input", "output", "sum", "both"] = "input",
    ) -> None:
        self.path = find_text_file(path, root)
        self.pairs = read_pairs(self.path)
        self.vectors = vectors

    def check(self, task: Task, data: Data) -> None:
        """Raise UserError for networks without vectors, and if there is nothing to compare."""
        found = compare(vectors_of(task, self.vectors), self.pairs)
        if found.pairs < 2:
            raise UserError(
                f"word_similarity: {found.left_out} of the {len(self.pairs)} pairs in {self.path} have a word outside "
                "of the vocabulary; it needs at least 2 others"
            )

    def compute(self, task: Task, data: Data, split: str) -> dict[str, float]:
        """Return the correlation and the numbers of pairs."""
        found = compare(vectors_of(task, self.vectors), self.pairs)
        return {
            "word_similarity": found.correlation,
            "pairs_compared": float(found.pairs),
            "pairs_left_out": float(found.left_out),
        }
