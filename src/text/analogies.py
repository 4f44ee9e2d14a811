"""Analogy questions "a is to b as c is to d" in Google's format, and how many of them word vectors answer.

Shapes: V words, d dimensions of a vector, Q questions.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from ..errors import UserError
from .named_vectors import NamedVectors

BLOCK = 1 << 23  # cosines that are computed together
SYNTACTIC = "gram"  # how the names of sections of syntactic questions begin

Question = tuple[str, str, str, str]


class Section(NamedTuple):
    """The result of a section: number of questions with a correct answer, and with all words in the vocabulary."""

    correct: int
    answered: int


class Answers(NamedTuple):
    """The results of all sections, and the number of questions with a word that is not in the vocabulary."""

    sections: dict[str, Section]
    left_out: int

    def accuracy(self, syntactic: bool | None = None) -> float:
        """Return the share of correct answers, of all sections or of one kind; NaN without questions."""
        chosen = [section for name, section in self.sections.items() if syntactic in (None, name.startswith(SYNTACTIC))]
        answered = sum(section.answered for section in chosen)
        return sum(section.correct for section in chosen) / answered if answered else float("nan")


def read_questions(path: Path) -> dict[str, list[Question]]:
    """Return the questions of each section: lines of four words, after a line ": name".

    Raises UserError with the line for another number of words, for a question before the first section, and for a file
    without questions.
    """
    sections: dict[str, list[Question]] = {}
    current: list[Question] | None = None
    for number, line in enumerate(path.read_bytes().decode("utf-8", "backslashreplace").split("\n"), 1):
        words = line.split()
        if line.startswith(":"):
            current = sections.setdefault(line[1:].strip(), [])
        elif words and len(words) != 4:
            raise UserError(f"{path}, line {number}: {len(words)} words; a question has 4, a section begins with ':'")
        elif words and current is None:
            raise UserError(f"{path}, line {number}: a question before the first section, a line such as ': capitals'")
        elif words:
            current.append((words[0], words[1], words[2], words[3]))  # type: ignore[union-attr]
    if not any(sections.values()):
        raise UserError(f"{path} has no questions")
    return sections


class CaseInsensitive:
    """The rows of names, where upper and lower case are the same: the first of several names counts.

    group: the row that counts for each row, (V,).
    """

    def __init__(self, names: Sequence[str]) -> None:
        self.rows: dict[str, int] = {}
        self.group = torch.tensor([self.rows.setdefault(name.upper(), row) for row, name in enumerate(names)])

    def find(self, words: Sequence[str]) -> list[int] | None:
        """Return the rows of words, None if one is not among the names."""
        found = [self.rows.get(word.upper(), -1) for word in words]
        return None if -1 in found else found


def known_questions(names: CaseInsensitive, questions: Sequence[Question]) -> Tensor:
    """Return the rows of the words of the questions of which all words are known: (Q, 4)."""
    found = [rows for each in questions if (rows := names.find(each)) is not None]
    return torch.tensor(found, dtype=torch.long).view(-1, 4)


def answer(vectors: NamedVectors, questions: Mapping[str, Sequence[Question]]) -> Answers:
    """Answer questions with the word with the highest cosine with b - a + c; see `NamedVectors.analogy`.

    Case is ignored, as in gensim: of names that differ only by case the first counts, and none of those of a question
    is an answer. Questions with a word that has no vector are left out.
    """
    names = CaseInsensitive(vectors.names)
    sections, left_out = {}, 0
    for name, asked in questions.items():
        rows = known_questions(names, asked)
        sections[name] = Section(count_correct(vectors, names.group, rows), len(rows))
        left_out += len(asked) - len(rows)
    return Answers(sections, left_out)


def count_correct(vectors: NamedVectors, group: Tensor, questions: Tensor) -> int:
    """Return the number of correct answers. group: (V,), see `CaseInsensitive`; questions: rows of words (Q, 4)."""
    unit, correct = vectors.unit, 0
    group = group.to(unit.device)
    others = (group != torch.arange(len(group), device=unit.device)).nonzero().flatten()  # differ by case from a word
    for block in questions.to(unit.device).split(max(1, BLOCK // len(unit))):
        a, b, c, d = (block[:, k] for k in range(4))
        cosines = (unit[b] - unit[a] + unit[c]) @ unit.T  # up to a factor of each question
        cosines.scatter_(1, block[:, :3], -torch.inf)
        if len(others):
            asked = (group[others][None, :, None] == block[:, None, :3]).any(2)
            cosines[:, others] = cosines[:, others].masked_fill(asked, -torch.inf)
        correct += int((group[cosines.argmax(1)] == d).sum())
    return correct
