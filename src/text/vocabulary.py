"""Tokens and their ids.

Shapes: T tokens.
"""

from array import array
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Self

import numpy as np
import torch
from torch import Tensor

from ..errors import UserError

BLOCK = 1 << 20  # characters that are encoded at once, to limit memory
PAD, UNKNOWN, START, END = "<pad>", "<unk>", "<START>", "<END>"


class Vocabulary:
    """The tokens of a text; the id of a token is its index.

    If <unk> is among the tokens, all other tokens are encoded with its id. Raises ValueError for duplicate tokens.
    """

    def __init__(self, tokens: Sequence[str]) -> None:
        self.tokens = tuple(tokens)
        self.ids = {token: i for i, token in enumerate(self.tokens)}
        if len(self.ids) < len(self.tokens):
            duplicate = next(token for i, token in enumerate(self.tokens) if self.ids[token] != i)
            raise ValueError(f"the vocabulary contains the token {duplicate!r} twice")
        self.unknown = self.ids.get(UNKNOWN)

    @classmethod
    def from_tokens(
        cls, text: Iterable[str], *, special: Sequence[str] = (), min_count: int = 1, size: int | None = None
    ) -> Self:
        """Return the vocabulary of a text given as tokens, see `from_counts`."""
        return cls.from_counts(Counter(text), special=special, min_count=min_count, size=size)

    @classmethod
    def from_counts(
        cls, counts: Mapping[str, int], *, special: Sequence[str] = (), min_count: int = 1, size: int | None = None
    ) -> Self:
        """Return the vocabulary with the tokens `special`, then all others by frequency, ties in alphabetical order.

        counts: number of occurrences of each token; min_count: minimal number of occurrences; size: maximal number of
        tokens, including `special`. Raises UserError if min_count or size is out of range.
        """
        if min_count < 1:
            raise UserError(f"min_count is {min_count}; it must be at least 1")
        if size is not None and size <= len(special):
            raise UserError(f"the size of the vocabulary is {size}; it must be at least {len(special) + 1}")
        frequent = sorted((-n, token) for token, n in counts.items() if n >= min_count and token not in special)
        return cls([*special, *(token for _, token in frequent)][:size])

    def __len__(self) -> int:
        return len(self.tokens)

    def encode(self, text: Iterable[str]) -> Tensor:
        """Return the ids of tokens: (T,). Raises UserError with the position of a token that has no id."""
        if isinstance(text, str):
            return self._characters(text)
        if self.unknown is not None:
            return torch.from_numpy(np.fromiter((self.ids.get(token, self.unknown) for token in text), np.int64))
        text = list(text)
        try:
            return torch.from_numpy(np.fromiter(map(self.ids.__getitem__, text), np.int64, len(text)))
        except KeyError as error:
            token = error.args[0]
            raise self._unknown_token(token, text.index(token), len(text)) from None

    def _characters(self, text: str) -> Tensor:
        """Return the ids of the characters of a text: (T,), from a lookup table of code points."""
        known = {ord(token): i for token, i in self.ids.items() if len(token) == 1}
        missing = -1 if self.unknown is None else self.unknown
        table = np.full(max(known, default=0) + 2, missing, dtype=np.int64)  # the last entry is for all higher ones
        table[list(known)] = list(known.values())
        ids = np.empty(len(text), dtype=np.int64)
        for begin in range(0, len(text), BLOCK):
            block = text[begin : begin + BLOCK].encode("utf-32-le", "surrogatepass")
            found = table[np.frombuffer(block, dtype="<u4").clip(max=len(table) - 1)]
            if found.min() < 0:
                place = begin + int(found.argmin())
                raise self._unknown_token(text[place], place, len(text))
            ids[begin : begin + BLOCK] = found
        return torch.from_numpy(ids)

    def _unknown_token(self, token: str, place: int, length: int) -> UserError:
        return UserError(f"{token!r} at position {place + 1} of {length} is not in the vocabulary")

    def decode(self, ids: Tensor) -> list[str]:
        """Return the tokens of ids (T,)."""
        return [self.tokens[i] for i in ids.tolist()]


def index_tokens(pieces: Iterable[Iterable[str]]) -> tuple[np.ndarray, list[str]]:
    """Encode a text, given as pieces of tokens, in one pass: return indices (T,), int32, and the distinct tokens.

    Tokens are numbered in order of appearance; only distinct tokens are kept in memory.
    """
    numbers, tokens = _TokenIndex(), array("i")
    for piece in pieces:
        tokens.extend(map(numbers.__getitem__, piece))
    return np.frombuffer(tokens, dtype=np.int32), list(numbers)


class _TokenIndex(dict[str, int]):
    """Token -> index in the order of the first lookup."""

    def __missing__(self, token: str) -> int:
        self[token] = number = len(self)
        return number
