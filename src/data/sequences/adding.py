"""The adding problem: the sum of two marked numbers of a long sequence.

Source: Hochreiter and Schmidhuber, Long short-term memory (1997), 5.4; with numbers in [0, 1] and the plain sum
as in Le, Jaitly and Hinton (2015). Aggarwal 7.5 on long-term dependencies. Shapes: N sequences, T steps.
"""

from typing import ClassVar

import torch

from ...errors import UserError
from ...spec import Batch, DataSpec
from .synthetic import Synthetic


class Adding(Synthetic):
    """The adding problem: random numbers in [0, 1], one of them marked in each half; the target is the sum of the two.

    steps: length T, at least 2; x (N, T, 2): number and mark, y (N, 1) in [0, 2]. The constant prediction 1 has a mean
    squared error of 1/6. train, val, test: numbers of sequences, val may be 0. Raises UserError for values out of
    range.
    """

    batch_size: ClassVar[int] = 50

    def __init__(
        self,
        *,
        steps: int = 50,
        train: int = 10000,
        val: int = 1000,
        test: int = 1000,
        seed: int = 0,
    ) -> None:
        super().__init__(train=train, val=val, test=test, seed=seed)
        if steps < 2:
            raise UserError(f"steps is {steps}; two numbers are marked, so it must be at least 2")
        self.steps = steps
        self.spec = DataSpec("real", (2,), "real", 1, low=0.0, high=1.0, sequence=True, seq_len=steps)

    def sample(self, n: int) -> Batch:
        """Sample numbers and marks."""
        generator = torch.Generator().manual_seed(self.seed)
        half = self.steps // 2
        numbers = torch.rand(n, self.steps, generator=generator)
        first = torch.randint(half, (n, 1), generator=generator)
        second = torch.randint(half, self.steps, (n, 1), generator=generator)
        marked = torch.cat([first, second], 1)
        marks = torch.zeros(n, self.steps).scatter_(1, marked, 1.0)
        return Batch(torch.stack([numbers, marks], -1), numbers.gather(1, marked).sum(1, keepdim=True))
