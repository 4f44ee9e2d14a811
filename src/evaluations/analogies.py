"""Accuracy of word vectors on analogies."""

from typing import ClassVar, Literal

from ..data.base import Data
from ..errors import UserError
from ..files.text import find_text_file
from ..tasks.base import Task
from ..text.analogies import CaseInsensitive, answer, known_questions, read_questions
from .base import Evaluation
from .named_vectors import vectors_of


class Analogies(Evaluation):
    """Share of the analogies "man is to king as woman is to queen" that the vectors of the network complete.

    analogy_acc: of all questions; semantic_acc, syntactic_acc: of the sections whose names do not and do begin with
    "gram", NaN without questions. Questions with a word outside of the vocabulary are left out and counted in
    analogies_left_out; analogies_answered is the number of the others. The metrics do not depend on the split. path: a
    file in the format of Google's questions-words.txt, in `root` or, without `root`, in the working directory or
    $NNZOO_DATA; vectors: which vectors of the network. Raises UserError for networks without such vectors, for a file
    that is missing or damaged, and if all questions are left out. Mikolov et al. (2013), arXiv:1301.3781, section 4.1.
    """

    names: ClassVar[tuple[str, ...]] = (
        "analogy_acc",
        "semantic_acc",
        "syntactic_acc",
        "analogies_answered",
        "analogies_left_out",
    )

    def __init__(
        self,
        *,
        path: str = "text/questions-words.txt",
        root: str | None = None,
        vectors: Literal["input", "output", "sum", "both"] = "input",
    ) -> None:
        self.path = find_text_file(path, root)
        self.questions = read_questions(self.path)
        self.vectors = vectors

    def check(self, task: Task, data: Data) -> None:
        """Raise UserError for networks without vectors, and if no question can be answered."""
        names = CaseInsensitive(vectors_of(task, self.vectors).names)
        if not any(len(known_questions(names, asked)) for asked in self.questions.values()):
            count = sum(map(len, self.questions.values()))
            raise UserError(f"analogies: all {count} questions in {self.path} have a word outside of the vocabulary")

    def compute(self, task: Task, data: Data, split: str) -> dict[str, float]:
        """Return the accuracies and the numbers of questions."""
        answers = answer(vectors_of(task, self.vectors), self.questions)
        return {
            "analogy_acc": answers.accuracy(),
            "semantic_acc": answers.accuracy(syntactic=False),
            "syntactic_acc": answers.accuracy(syntactic=True),
            "analogies_answered": float(sum(section.answered for section in answers.sections.values())),
            "analogies_left_out": float(answers.left_out),
        }
