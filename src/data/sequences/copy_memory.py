"""The copy problem: remember symbols over a delay and repeat them.

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
    """The copy problem: random symbols, `delay` steps that end with a cue, then the network repeats the symbols.

    symbols: number of symbols to remember; alphabet: number K of different symbols; delay: steps from the last symbol
    to the cue; reverse: the input has the symbols in reverse order, so that the last symbol read is the first to be
    repeated (Aggarwal 7.7.2 reverses sentences in this way before translation).
    x (N, 2 symbols + delay, K + 2): one-hot, blank, K symbols, cue; y (N, T): 0 (blank) up to the cue, then the
    symbols 1 to K. The lowest mean cross-entropy without memory is symbols log K / T. train, val, test: numbers of
    sequences, val may be 0. Raises UserError for values out of range.
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

    def sample(self, n: int) -> Batch:
        """Sample the symbols; x holds their indices (N, T), which `one_hot` encodes batch by batch."""
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
        """Return indices (B, T) one-hot encoded: (B, T, K + 2)."""
        return torch.nn.functional.one_hot(x, self.alphabet + 2).float()
