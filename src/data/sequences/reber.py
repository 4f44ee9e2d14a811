"""The Reber grammar and the embedded Reber grammar: predict which symbols may come next.

Source: Zaki and Meira, Data Mining and Machine Learning, ch. 26, "Reber grammar automata" and "Embedded Reber
grammar automata". Shapes: N strings, T symbols of the longest, 7 symbols of the alphabet.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import ClassVar, Literal

import torch
from torch import Tensor

from ...errors import UserError, unknown
from ...spec import Batch, DataSpec
from ..base import Data, Splits

SYMBOLS = "BEPSTVX"


@dataclass(frozen=True)
class Grammar:
    """A finite automaton that emits a symbol on each transition, from state 0 to the last state.

    edges: for each state, pairs of a symbol and the next state, with equal probabilities.
    """

    edges: tuple[tuple[tuple[str, int], ...], ...]

    def states(self, string: str) -> list[int]:
        """Return the states that the string visits, including the first and the last.

        Raises ValueError if a transition does not exist, or if the string does not end in the last state.
        """
        states = [0]
        for symbol in string:
            steps = dict(self.edges[states[-1]])
            if symbol not in steps:
                raise ValueError(f"'{string}': no edge {symbol} out of state {states[-1]}")
            states.append(steps[symbol])
        if states[-1] != len(self.edges) - 1:
            raise ValueError(f"'{string}' ends in state {states[-1]}, not in the last one")
        return states

    def accepts(self, string: str) -> bool:
        """Tell whether the string belongs to the language."""
        try:
            self.states(string)
        except ValueError:
            return False
        return True

    def next_symbols(self, string: str) -> list[str]:
        """Return the symbols that may follow each symbol: "PT" for P or T, an empty string at the end.

        Raises ValueError if the string does not belong to the language.
        """
        return ["".join(sorted(symbol for symbol, _ in self.edges[s])) for s in self.states(string)[1:]]

    def sample(self, random: Random, min_length: int = 0) -> str:
        """Return a random string of at least `min_length` symbols.

        The distribution is that of rejection sampling: each transition is weighted by the probability that the rest of
        the string is long enough.
        """
        survival = self.survival(min_length)
        string, state = "", 0
        while self.edges[state]:
            probabilities = survival[max(0, min_length - len(string) - 1)]
            weights = [probabilities[after] for _, after in self.edges[state]]
            symbol, state = random.choices(self.edges[state], weights)[0]
            string += symbol
        return string

    @cache  # noqa: B019 - the grammars are constants
    def survival(self, longest: int) -> list[list[float]]:
        """Return the probability of at least k more symbols from state s as [k][s], k up to `longest`."""
        probabilities = [[1.0] * len(self.edges)]
        for _ in range(longest):
            after = probabilities[-1]
            probabilities.append([sum(after[s] for _, s in steps) / max(1, len(steps)) for steps in self.edges])
        return probabilities


def embed(inner: Grammar) -> Grammar:
    """Return the grammar of the strings: B, then T or P, a string of `inner`, the same T or P again, E."""
    size = len(inner.edges)
    last = 2 + 2 * size

    def copy(start: int, symbol: str) -> tuple[tuple[tuple[str, int], ...], ...]:
        moved = [tuple((s, start + after) for s, after in steps) for steps in inner.edges[:-1]]
        return (*moved, ((symbol, last),))

    ends = (("B", 1),), (("T", 2), ("P", 2 + size))
    return Grammar((*ends, *copy(2, "T"), *copy(2 + size, "P"), (("E", last + 1),), ()))


REBER = Grammar(
    (
        (("B", 1),),
        (("T", 2), ("P", 3)),
        (("S", 2), ("X", 4)),
        (("T", 3), ("V", 5)),
        (("X", 3), ("S", 6)),
        (("P", 4), ("V", 6)),
        (("E", 7),),
        (),
    )
)
GRAMMARS = {"reber": REBER, "embedded": embed(REBER)}


def multi_hot(steps: Sequence[str]) -> Tensor:
    """Return the symbols of each step multi-hot encoded: (T, 7); a step without symbols is all zeros."""
    return torch.tensor([[float(symbol in step) for symbol in SYMBOLS] for step in steps])


def encode(strings: Sequence[str], grammar: Grammar) -> Batch:
    """Return strings as one-hot x (N, T, 7), the sets of next symbols y (N, T, 7) and the mask (N, T).

    Raises ValueError if a string does not belong to the language.
    """
    lengths = torch.tensor([len(string) for string in strings])
    pad = torch.nn.utils.rnn.pad_sequence
    return Batch(
        pad([multi_hot(list(string)) for string in strings], batch_first=True),
        pad([multi_hot(grammar.next_symbols(string)) for string in strings], batch_first=True),
        torch.arange(int(lengths.max())) < lengths[:, None],
    )


def decode(steps: Tensor) -> list[str]:
    """Return the symbols of each step of (T, 7): the inverse of `multi_hot`."""
    return ["".join(s for s, on in zip(SYMBOLS, step, strict=True) if on) for step in (steps > 0.5).tolist()]


class Reber(Data):
    """Random strings of a Reber grammar, one-hot; the target at each step is the set of symbols that may come next.

    grammar: "reber", or "embedded", which has a long-range dependency. train, val, test: numbers of strings, val may be
    0; no string is in two splits. min_length: minimum length of a string, 0 to 500. Raises UserError for values out of
    range.
    """

    batch_size: ClassVar[int] = 10
    no_folds: ClassVar[str] = "equal strings would be in different folds"

    def __init__(
        self,
        *,
        grammar: Literal["reber", "embedded"] = "reber",
        train: int = 400,
        val: int = 100,
        test: int = 100,
        min_length: int = 30,
        seed: int = 0,
    ) -> None:
        super().__init__(seed=seed)
        if grammar not in GRAMMARS:
            raise unknown("grammar", grammar, GRAMMARS)
        for name, value, low in [("train", train, 1), ("val", val, 0), ("test", test, 1)]:
            if value < low:
                raise UserError(f"{name} is {value}; it is a number of strings, at least {low}")
        if not 0 <= min_length <= 500:
            raise UserError(f"min_length is {min_length}; it must be from 0 to 500")
        self.grammar = GRAMMARS[grammar]
        self.sizes = {"train": train, "val": val, "test": test}
        self.min_length = min_length
        self.spec = DataSpec(
            "onehot",
            (len(SYMBOLS),),
            "multilabel",
            len(SYMBOLS),
            low=0.0,
            high=1.0,
            sequence=True,
            per_step=True,
            vocabulary=tuple(SYMBOLS),
            labels=tuple(SYMBOLS),
        )

    def load(self) -> Splits:
        """Sample and encode the strings."""
        return {name: encode(strings, self.grammar) for name, strings in self.strings().items() if strings}

    def strings(self) -> dict[str, list[str]]:
        """Return the strings of each split; the same seed gives the same strings."""
        random = Random(self.seed)
        seen: set[str] = set()
        splits: dict[str, list[str]] = {}
        for name, size in self.sizes.items():
            splits[name] = []
            while len(splits[name]) < size:
                string = self.grammar.sample(random, self.min_length)
                if string not in seen:
                    splits[name].append(string)
            seen.update(splits[name])
        return splits
