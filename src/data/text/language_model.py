"""A text to be continued, by characters or by words: the data of a language model.

Source: Aggarwal, Neural Networks and Deep Learning, 7.2.1. Shapes: S rows of text read side by side, T steps of each.
"""

from collections.abc import Mapping, Sized
from itertools import chain
from pathlib import Path
from typing import ClassVar, TypeVar

import numpy as np
import torch
from torch import Tensor

from ...errors import UserError
from ...files.paths import digest
from ...files.text import find_text_file, read
from ...preprocessing.tokens import TokenPreprocessing
from ...spec import Batch, DataSpec
from ...text.tokenizers import Characters, Words, iterate_sentences
from ...text.vocabulary import END, START, UNKNOWN, Vocabulary, index_tokens
from ..base import Data, Splits
from ..holdout import check_fraction

TALES = Path(__file__).with_name("tales.txt")  # our own
EVALUATED = 10  # rows of a split that is only measured

Tokens = TypeVar("Tokens", str, np.ndarray)  # of a text: its characters, or numbers


class CharText(Data):
    """The characters of a text, each to be predicted from those before it.

    path: of a UTF-8 file, under `root` or else here or in $NNZOO_DATA; null: short tales that come with the package.
    val, test: fractions, the last of the text, val 0 for none; they are read in 10 rows, the training
    text in `loader.batch_size`. The vocabulary has all characters of the text.
    Raises UserError for a file that is missing, empty, too short or not UTF-8.
    """

    gives = "contiguous"

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
        self.parts = cut(read(file), val, test)
        self.tokenizer = Characters(Vocabulary.from_tokens(chain(*self.parts.values())))
        self.spec = next_token(self.tokenizer.vocabulary)
        if path is not None:
            self.digest = digest(file)
            self.summary = summary(file, "characters", f"{number(len(self.spec.vocabulary))} different", self.parts)

    @property
    def preprocessing(self) -> TokenPreprocessing:
        """How a text becomes ids."""
        return TokenPreprocessing(vocabulary=self.spec.vocabulary, cut="characters")

    def load(self) -> Splits:
        """Lay the text out in rows."""
        encode = self.tokenizer.vocabulary.encode
        return {name: batchify(encode(part), name) for name, part in self.parts.items()}


class WordText(Data):
    """The words and punctuation marks of a text in lower case, <START> and <END> around each sentence.

    A sentence ends after . ! or ? and a space, and at the end of a line; with `lines` false, for text wrapped to a
    width, only at a blank line. min_count, max_vocabulary: words that are rarer in the training text, or not among
    so many most frequent tokens, are <unk>. The rest as in `CharText`.
    """

    batch_size: ClassVar[int] = 16

    gives = "contiguous"

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
        parts = cut(numbers, val, test)
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
            self.digest = digest(file)
            kinds = f"{number(len(vocabulary))} in the vocabulary"
            self.summary = summary(file, "words and marks", kinds, self.parts)

    @property
    def preprocessing(self) -> TokenPreprocessing:
        """How a text becomes ids."""
        return TokenPreprocessing(vocabulary=self.spec.vocabulary, cut="words", lines=self.tokenizer.lines)

    def load(self) -> Splits:
        """Lay the text out in rows."""
        return {name: batchify(ids, name) for name, ids in self.parts.items()}


def cut(tokens: Tokens, val: float, test: float) -> dict[str, Tokens]:
    """Return train, val and test, in this order in the text; no val at 0.

    Raises UserError for fractions out of range.
    """
    check_fraction("val", val)
    check_fraction("test", test)
    if not test:
        raise UserError("test is 0; it must be a fraction above 0: a text has no test set of its own")
    if val + test >= 1:
        raise UserError(f"val={val} and test={test} leave nothing to train on")
    begin_val, begin_test = round((1 - val - test) * len(tokens)), round((1 - test) * len(tokens))
    parts = {"train": tokens[:begin_val], "val": tokens[begin_val:begin_test], "test": tokens[begin_test:]}
    return {name: part for name, part in parts.items() if name != "val" or val}


def summary(file: Path, unit: str, kinds: str, parts: Mapping[str, Sized]) -> str:
    """Return in one line what was read: so many tokens, how many kinds of them, how many in each split.

    >>> summary(Path("diary.txt"), "characters", "3 different", {"train": "abc" * 500, "test": "ab"})
    'diary.txt: 1 502 characters, 3 different (train 1 500, test 2)'
    """
    sizes = {name: len(part) for name, part in parts.items()}
    split = ", ".join(f"{name} {number(size)}" for name, size in sizes.items())
    return f"{file.name}: {number(sum(sizes.values()))} {unit}, {kinds} ({split})"


def number(n: int) -> str:
    """Return a number with its thousands apart."""
    return f"{n:,}".replace(",", " ")


def batchify(ids: Tensor, split: str) -> Batch:
    """Return the text as rows, one going on where the row above ends: x (S, T), y (S, T) a token later.

    ids: of all tokens of a split. The training text is one row, which its loader cuts; the others have 10, or fewer if
    they are very short, so that their metrics do not depend on the batch size. Raises UserError if it is too short.
    """
    rows = 1 if split == "train" else max(1, min(len(ids) - 1, EVALUATED))
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
