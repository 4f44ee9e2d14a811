"""Conversion of predicted sequences of symbols to text. Shapes: N sequences, U symbols."""

from collections.abc import Sequence

from torch import Tensor

from ..spec import END_SYMBOL


def decode_sequences(sequences: Tensor, names: Sequence[str]) -> list[str]:
    """Return sequences (N, U) as text up to the end symbol, with spaces if names have several characters.

    names: names of the symbols, that of the end symbol first.

    >>> import torch
    >>> decode_sequences(torch.tensor([[1, 2, 2, 0], [2, 0, -1, -1]]), ("<END>", "a", "b"))
    ['abb', 'b']
    """
    space = "" if all(len(name) == 1 for name in names[END_SYMBOL + 1 :]) else " "
    return [space.join(names[k] for k in each[: length_before_end(each)]) for each in sequences.tolist()]


def length_before_end(symbols: Sequence[int]) -> int:
    """Return the number of symbols before the end symbol."""
    return symbols.index(END_SYMBOL) if END_SYMBOL in symbols else len(symbols)
