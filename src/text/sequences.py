"""Sequences of symbols that a network writes, as text. Shapes: N sequences, U symbols."""

from collections.abc import Sequence

from torch import Tensor

from ..spec import END_SYMBOL


def written(sequences: Tensor, names: Sequence[str]) -> list[str]:
    """Return the symbols of sequences (N, U) up to their ends, a space between names of more than one character.

    names: of the symbols, that of the end first, which is not written.

    >>> import torch
    >>> written(torch.tensor([[1, 2, 2, 0], [2, 0, -1, -1]]), ("<END>", "a", "b"))
    ['abb', 'b']
    """
    space = "" if all(len(name) == 1 for name in names[END_SYMBOL + 1 :]) else " "
    return [space.join(names[k] for k in each[: length(each)]) for each in sequences.tolist()]


def length(symbols: Sequence[int]) -> int:
    """Return the number of symbols before the end."""
    return symbols.index(END_SYMBOL) if END_SYMBOL in symbols else len(symbols)
