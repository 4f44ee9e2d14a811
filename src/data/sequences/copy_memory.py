"""The copy problem: hold symbols in memory and write them down when asked.

Source: Hochreiter and Schmidhuber, Long short-term memory (1997); in this form Arjovsky, Shah and Bengio (2016),
4.1. Aggarwal 7.5 on long-term dependencies. Shapes: N sequences, T steps, K symbols.
"""

from random import Random
from typing import ClassVar

import torch
from torch import Tensor

from ...errors import UserError
from ...spec import Batch, DataSpec
from .synthetic import Synthetic


class Copy(Synthetic):
    """Symbols, then `delay` steps up to a cue, then as many steps in which the symbols are to be repeated.

    symbols: how many are held; alphabet: how many kinds (K) there are; delay: steps from the last symbol to the
    cue, which is the last of them; reverse: the symbols come in the opposite order, so that the first to be repeated
    is the last to be read (Aggarwal 7.7.2 does so to sentences before they are translated).
    x (N, 2 symbols + delay, K + 2): blank, K kinds, cue, one-hot; y (N, T): 0 for blank up to the cue, then the
    symbols 1 to K. Without memory the best mean cross-entropy is symbols log K / T. The rest as in `Synthetic`.
    Raises UserError for values out of range.
    """

    batch_size: ClassVar[int] = 50

    def __init__(
        self,
        *,
        symbols: int = 10,
        alphabet: int = 8,
        delay: int = 20,
        reverse: bool = False,
        train: int = 10000,
        val: int = 1000,
        test: int = 1000,
        seed: int = 0,
    ) -> None:
        super().__init__(train=train, val=val, test=test, seed=seed)
        for name, value, low in [("symbols", symbols, 1), ("alphabet", alphabet, 2), ("delay", delay, 1)]:
            if value < low:
                raise UserError(f"{name} is {value}; it must be at least {low}")
        if train + val + test > alphabet**symbols:
            raise UserError(
                f"train={train}, val={val}, test={test} is more than the {alphabet**symbols} sequences "
                f"of symbols={symbols} and alphabet={alphabet}"
            )
        self.symbols = symbols
        self.alphabet = alphabet
        self.delay = delay
        self.reverse = reverse
        names = ("blank", *map(str, range(1, alphabet + 1)), "cue")
        self.transform = self.one_hot
        self.spec = DataSpec(
            "onehot",
            (alphabet + 2,),
            "classes",
            alphabet + 1,
            low=0.0,
            high=1.0,
            sequence=True,
            seq_len=2 * symbols + delay,
            per_step=True,
            vocabulary=names,
            labels=names[:-1],
        )

    def draw(self, n: int) -> Batch:
        """Draw the symbols; x is held as numbers of symbols (N, T), to be made one-hot batch by batch."""
        random, numbers = Random(self.seed), dict[int, None]()
        while len(numbers) < n:
            numbers[random.randrange(self.alphabet**self.symbols)] = None
        digits = [
            [number // self.alphabet**place % self.alphabet for place in range(self.symbols)] for number in numbers
        ]
        held = 1 + torch.tensor(digits)
        blank = held.new_zeros(n, self.delay + self.symbols)
        x = torch.cat([held.flip(1) if self.reverse else held, blank], 1)
        x[:, self.symbols + self.delay - 1] = self.alphabet + 1
        return Batch(x, torch.cat([blank, held], 1))

    def one_hot(self, x: Tensor) -> Tensor:
        """(B, T) -> (B, T, K + 2)."""
        return torch.nn.functional.one_hot(x, self.alphabet + 2).float()
