"""Bit vectors classified by the disjunction (OR) of a few bits; the other bits are irrelevant.

Source: Littlestone, Learning quickly when irrelevant attributes abound (1988); Aggarwal 1.10. Shapes: N vectors of n
bits.
"""

from typing import ClassVar

from torch import Tensor

from ...errors import UserError
from .bits import Bits


class Disjunction(Bits):
    """Bit vectors; class 1 ("yes"): at least one of the first `relevant` bits is 1; the other bits are irrelevant.

    n: number of bits; train, val, test: numbers of random vectors; if all three are null, each split contains all 2^n
    vectors, for n up to 12. Raises UserError for values out of range.
    """

    batch_size: ClassVar[int] = 1

    def __init__(
        self,
        *,
        n: int = 60,
        relevant: int = 2,
        train: int | None = 2000,
        val: int | None = 200,
        test: int | None = 1000,
        seed: int = 0,
    ) -> None:
        super().__init__(n=n, labels=("no", "yes"), train=train, val=val, test=test, seed=seed)
        if not 1 <= relevant <= n:
            raise UserError(f"relevant is {relevant} bits; it must be from 1 to n={n}")
        self.relevant = relevant

    def label(self, x: Tensor) -> Tensor:
        """Return whether at least one of the relevant bits is 1: bool (N,)."""
        return x[:, : self.relevant].any(1)
