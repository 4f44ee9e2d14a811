"""Pairs of strings: one is read, the other is to be written, character by character.

Shapes: N pairs, T characters of the longest string that is read, U symbols of the longest one that is written.
"""

from abc import abstractmethod
from collections.abc import Sequence
from random import Random
from typing import ClassVar

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from ...preprocessing.base import Preprocessing
from ...preprocessing.tokens import TokenPreprocessing
from ...spec import AFTER_END, END_SYMBOL, Batch, DataSpec
from ...text.vocabulary import END, Vocabulary
from .synthetic import Synthetic


class StringPairs(Synthetic):
    """Pairs that are drawn by seed; x (N, T) are the characters of the strings that are read, y (N, U) is written.

    read, written: the characters of each; longest: most characters of a string that is written. The rest as in
    `Synthetic`.
    """

    batch_size: ClassVar[int] = 100

    def __init__(self, *, read: str, written: str, longest: int, train: int, val: int, test: int, seed: int) -> None:
        super().__init__(train=train, val=val, test=test, seed=seed)
        self.spec = DataSpec(
            "tokens",
            (),
            "sequence",
            1 + len(written),
            sequence=True,
            vocabulary=tuple(read),
            labels=(END, *written),
            target_len=longest + 1,
        )

    @abstractmethod
    def pairs(self, n: int, random: Random) -> list[tuple[str, str]]:
        """Return `n` pairs, no two the same, in random order."""

    def draw(self, n: int) -> Batch:
        """Return pairs as numbers of characters, padded with 0 and -1, and the mask of x."""
        read, written = zip(*self.pairs(n, Random(self.seed)), strict=True)
        x = [Vocabulary(self.spec.vocabulary).encode(string) for string in read]
        lengths = torch.tensor([len(each) for each in x])
        return Batch(
            pad_sequence(x, batch_first=True),
            symbols(written, self.spec.labels),
            torch.arange(int(lengths.max())) < lengths[:, None],
        )

    @property
    def preprocessing(self) -> Preprocessing:
        """Strings, each character of which is read."""
        return TokenPreprocessing(vocabulary=self.spec.vocabulary, cut="characters")


def symbols(strings: Sequence[str], labels: Sequence[str]) -> Tensor:
    """Return strings as the numbers of their characters, with the end symbol and -1 after it: (N, U)."""
    known, end = Vocabulary(labels), torch.tensor([END_SYMBOL])
    targets = [torch.cat([known.encode(string), end]) for string in strings]
    return pad_sequence(targets, batch_first=True, padding_value=AFTER_END)
