"""Texts as training data of language models, by characters or by words.

Source: Aggarwal, Neural Networks and Deep Learning, 7.2.1. Shapes: S rows of contiguous text, T steps of each.
"""

from collections.abc import Mapping, Sized
from itertools import chain
from pathlib import Path
from typing import ClassVar, TypeVar

import numpy as np
import torch
from torch import Tensor

from ...errors import UserError
from ...files.contents import of_files
from ...files.paths import digest
from ...files.text import find_text_file, read
from ...preprocessing.tokens import TokenPreprocessing
from ...spec import Batch, DataSpec
from ...text.tokenizers import Characters, Words, iterate_sentences
from ...text.vocabulary import END, START, UNKNOWN, Vocabulary, index_tokens
from ..base import Data, Splits
from ..holdout import check_text_fractions

TALES = Path(__file__).with_name("tales.txt")  # written for this package
EVAL_ROWS = 10  # rows of a validation or test set

Tokens = TypeVar("Tokens", str, np.ndarray)  # a text, or the ids of its words


class CharText(Data):
    """A text as characters; the target of each character is the next one.

    path: a UTF-8 file in `root` or, without `root`, in the working directory or $NNZOO_DATA; null for the short tales
    that are part of the package. val, test: fractions at the end of the text, val may be 0; they are read as 10 rows of
    contiguous text, the training text as `loader.batch_size` rows. The vocabulary contains all characters of the text.
    Raises UserError for a file that is missing, empty, too short or not UTF-8.
    """

    batch_kind = "contiguous"
    no_folds: ClassVar[str] = "it is one contiguous text, not independent examples"

    def __init__(
        self,
        *,
        path: str | None = None,
        root: str | None = None,
        val: float = 0.1,
        test: float = 0.1,
        seed: int = 0,
    ) -> None:
        super().__init__(seed=seed)
        file = TALES if path is None else find_text_file(path, root)
        self.parts = split_text(read(file), val, test)
        self.tokenizer = Characters(Vocabulary.from_tokens(chain(*self.parts.values())))
        self.spec = next_token(self.tokenizer.vocabulary)
        if path is not None:
            self.digest, self.contents = digest(file), of_files([file])
            self.summary = summary(file, "characters", f"{number(len(self.spec.vocabulary))} different", self.parts)

    @property
    def preprocessing(self) -> TokenPreprocessing:
        """The conversion of text to ids."""
        return TokenPreprocessing(vocabulary=self.spec.vocabulary, cut="characters")

    def load(self) -> Splits:
        """Return the splits as rows of contiguous text."""
        encode = self.tokenizer.vocabulary.encode
        return {name: batchify(encode(part), name) for name, part in self.parts.items()}


class WordText(Data):
    """A text as words and punctuation marks in lower case; the target of each token is the next one.

    Each sentence is between <START> and <END>. It ends after . ! or ? and a space, and at the end of a line; with
    lines=false, for text with line breaks inside of sentences, at a blank line instead. min_count, max_vocabulary:
    words with a lower count in the training text, or that are not among the max_vocabulary most frequent tokens, become
    <unk>. path: a UTF-8 file in `root` or, without `root`, in the working directory or $NNZOO_DATA; null for the short
    tales that are part of the package. val, test: fractions at the end of the text, val may be 0; they are read as 10
    rows of contiguous text, the training text as `loader.batch_size` rows.
    Raises UserError for a file that is missing, empty, too short or not UTF-8.
    """

    batch_size: ClassVar[int] = 16

    batch_kind = "contiguous"
    no_folds: ClassVar[str] = "it is one contiguous text, not independent examples"

    def __init__(
        self,
        *,
        path: str | None = None,
        root: str | None = None,
        lines: bool = True,
        min_count: int = 2,
        max_vocabulary: int | None = None,
        val: float = 0.1,
        test: float = 0.1,
        seed: int = 0,
    ) -> None:
        super().__init__(seed=seed)
        file = TALES if path is None else find_text_file(path, root)
        numbers, tokens = index_tokens(iterate_sentences(read(file) + "\n\n", lines=lines))
        parts = split_text(numbers, val, test)
        counts = np.bincount(parts["train"], minlength=len(tokens)).tolist()
        vocabulary = Vocabulary.from_counts(
            dict(zip(tokens, counts, strict=True)),
            special=(UNKNOWN, START, END),
            min_count=min_count,
            size=max_vocabulary,
        )
        ids = vocabulary.encode(tokens)
        self.parts = {name: ids.index_select(0, torch.from_numpy(part)) for name, part in parts.items()}
        self.tokenizer = Words(vocabulary, lines=lines)
        self.spec = next_token(vocabulary)
        if path is not None:
            self.digest, self.contents = digest(file), of_files([file])
            kinds = f"{number(len(vocabulary))} in the vocabulary"
            self.summary = summary(file, "words and marks", kinds, self.parts)

    @property
    def preprocessing(self) -> TokenPreprocessing:
        """The conversion of text to ids."""
        return TokenPreprocessing(vocabulary=self.spec.vocabulary, cut="words", lines=self.tokenizer.lines)

    def load(self) -> Splits:
        """Return the splits as rows of contiguous text."""
        return {name: batchify(ids, name) for name, ids in self.parts.items()}


def split_text(tokens: Tokens, val: float, test: float) -> dict[str, Tokens]:
    """Return the train, val and test parts of a text, in this order; without val if its fraction is 0.

    Raises UserError for fractions out of range.
    """
    check_text_fractions(val, test)
    begin_val, begin_test = round((1 - val - test) * len(tokens)), round((1 - test) * len(tokens))
    parts = {"train": tokens[:begin_val], "val": tokens[begin_val:begin_test], "test": tokens[begin_test:]}
    return {name: part for name, part in parts.items() if name != "val" or val}


def summary(file: Path, unit: str, kinds: str, parts: Mapping[str, Sized]) -> str:
    """Return a one-line summary of the data: numbers of tokens, of different tokens, and of tokens in each split.

    >>> summary(Path("diary.txt"), "characters", "3 different", {"train": "abc" * 500, "test": "ab"})
    'diary.txt: 1 502 characters, 3 different (train 1 500, test 2)'
    """
    sizes = {name: len(part) for name, part in parts.items()}
    split = ", ".join(f"{name} {number(size)}" for name, size in sizes.items())
    return f"{file.name}: {number(sum(sizes.values()))} {unit}, {kinds} ({split})"


def number(n: int) -> str:
    """Return a number with a space as thousands separator."""
    return f"{n:,}".replace(",", " ")


def batchify(ids: Tensor, split: str) -> Batch:
    """Return the text as rows x (S, T), each the continuation of the previous one, and the next tokens y (S, T).

    ids: all tokens of a split. The training text is one row, which its loader divides into `batch_size` rows; the
    other splits have 10 rows, or fewer if they are very short, so that their metrics do not depend on the batch size.
    Raises UserError if the text is too short.
    """
    rows = 1 if split == "train" else max(1, min(len(ids) - 1, EVAL_ROWS))
    steps = (len(ids) - 1) // rows
    if steps < 1:
        raise UserError(f"the text leaves {len(ids)} tokens for {split}; it needs at least 2")
    return Batch(ids[: rows * steps].view(rows, steps), ids[1 : rows * steps + 1].view(rows, steps))


def next_token(vocabulary: Vocabulary) -> DataSpec:
    """Return the spec of a language model's data."""
    return DataSpec(
        "tokens",
        (),
        "next_token",
        len(vocabulary),
        sequence=True,
        per_step=True,
        vocabulary=vocabulary.tokens,
    )
