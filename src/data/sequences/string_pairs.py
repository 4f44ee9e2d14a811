"""Pairs of an input string and a target string, which the network writes character by character.

Shapes: N pairs, T characters of the longest input, U symbols of the longest target.
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
    """Random pairs of an input string, x (N, T), and a target string, y (N, U).

    read, written: the characters of inputs and of targets; longest: maximum number of characters of a target; train,
    val, test: numbers of pairs.
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
        """Return `n` distinct pairs in random order."""

    def sample(self, n: int) -> Batch:
        """Return pairs as indices of characters, x padded with 0 and y with -1, and the mask of x."""
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
        """The conversion of strings to indices of characters."""
        return TokenPreprocessing(vocabulary=self.spec.vocabulary, cut="characters")


def symbols(strings: Sequence[str], labels: Sequence[str]) -> Tensor:
    """Return strings as indices of characters, followed by the end symbol and padded with -1: (N, U)."""
    known, end = Vocabulary(labels), torch.tensor([END_SYMBOL])
    targets = [torch.cat([known.encode(string), end]) for string in strings]
    return pad_sequence(targets, batch_first=True, padding_value=AFTER_END)
