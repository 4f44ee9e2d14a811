"""The latching problem: remember one bit over a noisy sequence.

Source: Bengio, Simard and Frasconi, Learning long-term dependencies with gradient descent is difficult (1994);
Aggarwal 7.5 on long-term dependencies. Shapes: N sequences, T steps.
"""

from typing import ClassVar

import torch

from ...errors import UserError
from ...spec import Batch, DataSpec
from .synthetic import Synthetic


class Latch(Synthetic):
    """The latching problem: -1 or +1, followed by noise; the class is the sign of the first step.

    lag: number of noise steps, at least 1; noise: standard deviation, above 0; x (N, lag + 1, 1), y (N,).
    train, val, test: numbers of sequences, val may be 0. Raises UserError for values out of range.
    """

    batch_size: ClassVar[int] = 50

    def __init__(
        self,
        *,
        lag: int = 50,
        noise: float = 0.2,
        train: int = 1000,
        val: int = 200,
        test: int = 1000,
        seed: int = 0,
    ) -> None:
        super().__init__(train=train, val=val, test=test, seed=seed)
        if lag < 1:
            raise UserError(f"lag is {lag}; it must be at least 1 step")
        if not 0 < noise < float("inf"):
            raise UserError(f"noise is {noise}; it is a standard deviation, above 0")
        self.lag = lag
        self.noise = noise
        labels = ("minus", "plus")
        self.spec = DataSpec("real", (1,), "classes", 2, sequence=True, seq_len=lag + 1, labels=labels)

    def sample(self, n: int) -> Batch:
        """Sample classes and noise."""
        generator = torch.Generator().manual_seed(self.seed)
        classes = torch.randint(2, (n,), generator=generator)
        x = self.noise * torch.randn(n, self.lag + 1, 1, generator=generator)
        x[:, 0, 0] = 2.0 * classes - 1
        return Batch(x, classes)
