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

BLOCK = 1 << 20  # characters encoded at once: memory for their ids alone
PAD, UNKNOWN, START, END = "<pad>", "<unk>", "<START>", "<END>"


class Vocabulary:
    """The tokens a text is made of, each with its place as id.

    With <unk> among them every token has an id, that of <unk> if it has none of its own. Raises ValueError if
    a token comes twice.
    """

    def __init__(self, tokens: Sequence[str]) -> None:
        self.tokens = tuple(tokens)
        self.ids = {token: i for i, token in enumerate(self.tokens)}
        if len(self.ids) < len(self.tokens):
            raise ValueError("a token comes twice in the vocabulary")
        self.unknown = self.ids.get(UNKNOWN)

    @classmethod
    def of(
        cls, text: Iterable[str], *, special: Sequence[str] = (), min_count: int = 1, size: int | None = None
    ) -> Self:
        """Return the tokens of a text, see `counted`."""
        return cls.counted(Counter(text), special=special, min_count=min_count, size=size)

    @classmethod
    def counted(
        cls, counts: Mapping[str, int], *, special: Sequence[str] = (), min_count: int = 1, size: int | None = None
    ) -> Self:
        """Return the tokens of a text: `special` first, then the most frequent, equally frequent ones by name.

        counts: how often each is met; min_count: tokens met less often are left out; size: at most so many tokens,
        `special` included. Raises UserError if one of these is out of range.
        """
        if min_count < 1:
            raise UserError(f"min_count is {min_count}; it must be at least 1")
        if size is not None and size <= len(special):
            least = len(special) + 1
            raise UserError(f"a vocabulary of at most {size} has no place for a word; at least {least} are needed")
        frequent = sorted((-n, token) for token, n in counts.items() if n >= min_count and token not in special)
        return cls([*special, *(token for _, token in frequent)][:size])

    def __len__(self) -> int:
        return len(self.tokens)

    def encode(self, text: Iterable[str]) -> Tensor:
        """Return the ids of tokens: (T,). Raises UserError with the place of one that has none."""
        if isinstance(text, str):
            return self._characters(text)
        if self.unknown is not None:
            return torch.from_numpy(np.fromiter((self.ids.get(token, self.unknown) for token in text), np.int64))
        text = list(text)
        try:
            return torch.from_numpy(np.fromiter(map(self.ids.__getitem__, text), np.int64, len(text)))
        except KeyError as error:
            token = error.args[0]
            raise self._stranger(token, text.index(token), len(text)) from None

    def _characters(self, text: str) -> Tensor:
        """Return the ids of the characters of a text, looked up in a table by their code points."""
        known = {ord(token): i for token, i in self.ids.items() if len(token) == 1}
        missing = -1 if self.unknown is None else self.unknown
        table = np.full(max(known, default=0) + 2, missing, dtype=np.int64)  # the last is for all higher ones
        table[list(known)] = list(known.values())
        ids = np.empty(len(text), dtype=np.int64)
        for begin in range(0, len(text), BLOCK):
            block = text[begin : begin + BLOCK].encode("utf-32-le", "surrogatepass")
            found = table[np.frombuffer(block, dtype="<u4").clip(max=len(table) - 1)]
            if found.min() < 0:
                place = begin + int(found.argmin())
                raise self._stranger(text[place], place, len(text))
            ids[begin : begin + BLOCK] = found
        return torch.from_numpy(ids)

    def _stranger(self, token: str, place: int, length: int) -> UserError:
        return UserError(f"{token!r} at place {place + 1} of {length} is not in the vocabulary")

    def decode(self, ids: Tensor) -> list[str]:
        """Return the tokens of ids (T,)."""
        return [self.tokens[i] for i in ids.tolist()]


def numbered(pieces: Iterable[Iterable[str]]) -> tuple[np.ndarray, list[str]]:
    """Return the tokens of a text in pieces as numbers (T,), int32, and the different tokens by number.

    They are numbered as they are met, in one pass: of the text, only what differs is kept.
    """
    numbers, tokens = _Numbers(), array("i")
    for piece in pieces:
        tokens.extend(map(numbers.__getitem__, piece))
    return np.frombuffer(tokens, dtype=np.int32), list(numbers)


class _Numbers(dict[str, int]):
    """Tokens by the order in which they are looked up for the first time."""

    def __missing__(self, token: str) -> int:
        self[token] = number = len(self)
        return number
