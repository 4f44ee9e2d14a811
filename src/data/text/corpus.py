"""A text as words with their neighbours, for word vectors.

Source: Aggarwal, Neural Networks and Deep Learning, 2.6. Shapes: V words of the vocabulary.
"""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np

from ...errors import UserError, unknown
from ...files.contents import of_files
from ...files.paths import digest_of, expand_path, search_folders
from ...files.text import find_text_file
from ...preprocessing.base import Preprocessing
from ...preprocessing.ids import IdPreprocessing
from ...preprocessing.tokens import TokenPreprocessing
from ...text.corpus import Cut, sequences, text_files
from ...text.vocabulary import Vocabulary
from ..base import Data, Splits
from ..contexts.contexts import Contexts, WindowOptions
from ..contexts.stream import TokenStream
from ..contexts.window_loader import WindowLoader
from ..holdout import check_text_fractions
from ..loader import Loader
from .language_model import TALES, number

SPLITS = ("train", "val", "test")
Documents = Literal["none", "lines", "files"]


class Corpus(Data):
    """The words of a text or of the .txt files of a folder with their neighbours, in sequences.

    A sequence is a line or, with lines=false, a sentence. cut: words: words and numbers in lower case, without
    punctuation marks; blanks: whatever stands between blanks. min_count, max_vocabulary: words with a lower count in
    the training text, or that are not among the max_vocabulary most frequent, are left out before windows are formed.
    window, random_window, subsample: see `WindowOptions`. documents: what a document is: none, lines or files; see
    `Contexts`. val, test: fractions of the sequences, which are drawn at random by `seed`; val may be 0. If lines
    are documents, val and test are the training text, since a held-out document would have no vector.
    The text is read twice and may be larger than memory; the ids of a long text are in a temporary file.
    Raises UserError for a file that is missing, empty or not UTF-8, values out of range, and a vocabulary of fewer than
    two words.
    """

    batch_size: ClassVar[int] = 4096
    useless: ClassVar[dict[str, tuple[str, tuple[str, ...]]]] = {  # settings without effect with values of others
        "val": ("documents", ("lines",)),
        "test": ("documents", ("lines",)),
    }
    no_folds: ClassVar[str] = "it is one text, whose words are each other's neighbours"

    def __init__(
        self,
        *,
        path: str | None = None,
        root: str | None = None,
        cut: Cut = "words",
        lines: bool = True,
        min_count: int = 5,
        max_vocabulary: int | None = None,
        window: int = 5,
        random_window: bool = True,
        subsample: float | None = 1e-3,
        documents: Documents = "none",
        val: float = 0.05,
        test: float = 0.05,
        seed: int = 0,
    ) -> None:
        super().__init__(seed=seed)
        options = WindowOptions(window, random_window, subsample)
        options.check()
        check_text_fractions(val, test)
        self.shares = val, test
        self.cut, self.lines, self.kind = checked_choices(cut, documents, lines)
        self.path = TALES if path is None else text_path(path, root)
        counts = self.count_words()
        if not counts["train"]:
            raise UserError(f"{self.path} has no words")
        self.vocabulary = Vocabulary.from_counts(counts["train"], min_count=min_count, size=max_vocabulary)
        if len(self.vocabulary) < 2:
            limit = "" if max_vocabulary is None else f" and data.max_vocabulary={max_vocabulary}"
            raise UserError(
                f"{self.path}: words in the vocabulary: {len(self.vocabulary)}; at least 2 are needed; different words "
                f"in the training text: {len(counts['train'])}, with data.min_count={min_count}{limit}"
            )
        self.contexts = Contexts(
            names=self.vocabulary.tokens,
            documents=self.document_names(),
            counts=np.array([counts["train"][word] for word in self.vocabulary.tokens], dtype=np.float64),
            stream=lambda split, epoch: self.streams[split],
            options=options,
            seed=seed,
        )
        self.spec = self.contexts.spec
        words = {split: sum(each.values()) for split, each in counts.items()}
        self.summary = (
            f"{self.path.name}: {number(sum(words.values()))} words, {number(len(counts['train']))} different, "
            f"{number(len(self.vocabulary))} in the vocabulary ({shares_of(words)})"
        )

        if path is not None:
            files = text_files(self.path)
            self.digest = digest_of(files)
            self.contents = of_files(files, self.path if self.path.is_dir() else None)

    @property
    def preprocessing(self) -> Preprocessing:
        """The ids of the words around a word or, if words or documents are the input, of these."""
        if not self.contexts.reversed:
            return TokenPreprocessing(vocabulary=self.spec.vocabulary, cut="known words")
        what = "document" if self.contexts.documents else "word"
        return IdPreprocessing(columns=(what,), names=(what,), ids=(self.spec.vocabulary,), unseen="refuse")

    def predict_context(self) -> None:
        """Make the word or the document the input, and the neighbours the target."""
        self.contexts.reversed = True
        self.spec = self.contexts.spec

    def load(self) -> Splits:
        """Return the examples that are evaluated."""
        return {split: self.contexts.evaluated(split) for split, stream in self.streams.items() if len(stream)}

    def train_loader(
        self, *, batch_size: int | None = None, segment: int | None = None, buckets: bool = False
    ) -> Loader:
        """Return the training batches: the windows around `batch_size` words each. Raises UserError for segments."""
        if segment is not None or buckets:
            raise UserError("trainer.truncated_bptt_steps and loader.buckets are for sequences; these are windows")
        size = self.batch_size if batch_size is None else batch_size
        return WindowLoader(self.contexts, self.splits["train"], batch_size=size)

    def split_sizes(self) -> dict[str, int]:
        """Return the number of words of each split that are in the vocabulary."""
        return {split: self.streams[split].tokens for split in self.splits}

    def target_counts(self) -> tuple[float, ...]:
        """Return the number of occurrences of each word in the training text."""
        return tuple(self.contexts.counts.tolist())

    def read(self) -> Iterator[tuple[str, int, Sequence[str]]]:
        """Yield the split, the number of the document and the words of each sequence."""
        drawn = random.Random(self.seed)
        document = -1
        for file in text_files(self.path):
            document += self.kind == "files"
            for words in sequences(file, cut=self.cut, lines=self.lines):
                if words:
                    document += self.kind == "lines"
                    yield self.split_at(drawn.random()), max(document, 0), words

    def split_at(self, place: float) -> str:
        """Return the split of a random number in [0, 1)."""
        if self.kind == "lines":
            return "train"
        val, test = self.shares
        return "test" if place < test else "val" if place < test + val else "train"

    def count_words(self) -> dict[str, Counter[str]]:
        """Return the number of occurrences of each word in each split."""
        found: dict[str, Counter[str]] = {split: Counter() for split in SPLITS}
        for split, _, words in self.read():
            found[split].update(words)
        return found

    def document_names(self) -> tuple[str, ...]:
        """Return the names of the documents: the number of a line, or the path of a file."""
        if self.kind == "none":
            return ()
        if self.kind == "files":
            if not self.path.is_dir():
                raise UserError(f"data.documents=files needs a folder of .txt files as data.path; {self.path} is none")
            return tuple(str(file.relative_to(self.path)) for file in text_files(self.path))
        return tuple(f"line {i}" for i in range(1, 1 + sum(1 for _ in self.read())))

    @cached_property
    def streams(self) -> dict[str, TokenStream]:
        """The sequences of each split without the words outside of the vocabulary. Raises UserError if one is empty."""
        found = {split: TokenStream() for split in SPLITS}
        ids = self.vocabulary.ids
        for split, document, words in self.read():
            found[split].add(np.array([ids[word] for word in words if word in ids], dtype=np.int64), document)
        for stream in found.values():
            stream.close()
        if self.kind == "lines":
            found = dict.fromkeys(SPLITS, found["train"])
        for split, stream in found.items():
            if not len(stream) and (split != "val" or self.shares[0]):
                raise UserError(
                    f"{self.path}: no words of the vocabulary are in the {split} split, whose lines or sentences are "
                    "drawn at random; raise data.val and data.test, set data.lines=false if there are few lines, or "
                    "take another seed"
                )
        return found


def checked_choices(cut: Cut, documents: Documents, lines: bool) -> tuple[Cut, bool, Documents]:
    """Return the settings. Raises UserError for unknown values, and for those that contradict each other."""
    if cut not in ("words", "blanks"):
        raise unknown("data.cut", cut, ("words", "blanks"))
    if documents not in ("none", "lines", "files"):
        raise unknown("data.documents", documents, ("none", "lines", "files"))
    if not lines and cut == "blanks":
        raise UserError("data.lines=false finds sentences by their punctuation marks; data.cut=blanks is for lines")
    if not lines and documents == "lines":
        raise UserError("data.documents=lines contradicts data.lines=false: a document is a line or a file")
    return cut, lines, documents


def text_path(name: str, root: str | None) -> Path:
    """Return the path of a text file or folder, found as by `find_text_file`. Raises UserError if there is none."""
    for folder in search_folders(root):
        if (path := folder / expand_path(name)).is_dir():
            return path
    return find_text_file(name, root)


def shares_of(words: dict[str, int]) -> str:
    """Return the number of words of each split as text."""
    return ", ".join(f"{split} {number(count)}" for split, count in words.items())
