"""Nearest neighbors of some words during training, as text."""

from collections.abc import Sequence
from pathlib import Path
from textwrap import indent
from typing import Literal

import pytorch_lightning as pl

from ..errors import UserError
from ..evaluations.named_vectors import vectors_of
from ..formatting import escape, format_table
from ..tasks.base import Task
from ..text.named_vectors import NamedVectors
from .evaluation import isolated_evaluation
from .samples import append
from .writers import writers

WORDS = 8  # chosen if the user names none


class Neighbors(pl.Callback):
    """Write the nearest neighbors of words after epochs 1, 2, 5, 10, 20, 50 ... and after training.

    They go to TensorBoard and to `neighbors.txt`. words: words, nodes or documents that the data names, null for some
    of the vocabulary, more of its beginning, where frequent words are; top: number of neighbors of each; vectors: which
    vectors of the network. Raises UserError for `top` below 1, and before training for a word that the data does not
    name and for networks without such vectors.
    """

    def __init__(
        self,
        *,
        words: Sequence[str] | None = None,
        top: int = 5,
        vectors: Literal["input", "output", "sum", "both"] = "input",
    ) -> None:
        if top < 1:
            raise UserError(f"top is {top}; it must be at least 1")
        self.words = words
        self.top = top
        self.vectors = vectors
        self.epoch = 0  # the last trained epoch, counted from 1
        self.written_epoch = 0  # the last epoch with a text

    def check(self, task: Task) -> None:
        """Raise UserError for networks without vectors, and for words that the data does not name."""
        try:
            named = vectors_of(task, self.vectors)
            for word in self.words or ():
                named.index(word)
        except UserError as error:
            raise UserError(f"callbacks.neighbors: {error}") from None

    def on_train_epoch_end(self, trainer: pl.Trainer, task: Task) -> None:  # type: ignore[override]
        """Write the neighbors after epochs 1, 2, 5, 10, 20, 50 ..."""
        if task.cursor is None or not task.cursor.finished:
            return
        self.epoch = trainer.current_epoch + 1
        if str(self.epoch).rstrip("0") in ("1", "2", "5"):
            self._write(trainer, task)

    def on_train_end(self, trainer: pl.Trainer, task: Task) -> None:  # type: ignore[override]
        """Write the neighbors at the end of training."""
        if self.written_epoch != self.epoch:
            self._write(trainer, task)

    def _write(self, trainer: pl.Trainer, task: Task) -> None:
        if not trainer.is_global_zero:
            return
        self.written_epoch = self.epoch
        with isolated_evaluation(task):
            named = vectors_of(task, self.vectors)
            words = some_names(named.names) if self.words is None else self.words
            text = neighbors_as_text(named, words, self.top)
        for writer in writers(trainer):
            writer.add_text("neighbors", indent(text, "    "), self.epoch)  # indented text is not rendered as Markdown
        append(Path(trainer.default_root_dir) / "neighbors.txt", f"After epoch {self.epoch}", text)


def some_names(names: Sequence[str]) -> list[str]:
    """Return up to 8 names at places 1, r, r^2 ... from the end of the vocabulary to its beginning, in their order."""
    places = {round(len(names) ** ((k + 1) / WORDS)) - 1 for k in range(WORDS)}
    return [names[place] for place in sorted(places)]


def neighbors_as_text(named: NamedVectors, words: Sequence[str], top: int) -> str:
    """Return a table with a row for each word: the word and its neighbors with their cosines."""
    rows = [
        [escape(word), *(f"{escape(name)} {value:.2f}" for name, value in named.neighbors(word, top))] for word in words
    ]
    return format_table([["word", *(str(k + 1) for k in range(len(rows[0]) - 1))], *rows])
