"""Piecewise constant functions of one number, to compare wide and deep networks.

Source: Aggarwal 1.5.2. Shapes: N numbers.
"""

from typing import ClassVar, Literal

import torch

from ...errors import UserError, unknown
from ...spec import Batch, DataSpec
from ..sequences.synthetic import Synthetic

SHAPES = ("stairs", "alternating")


class Wave(Synthetic):
    """Random numbers x (N, 1) in [0, 1] and a piecewise constant function of them, y (N, 1).

    shape: "stairs" rises in equal steps from 0 to 1; "alternating" takes the values 1 and -1 in turn. pieces: number of
    intervals of equal length, at least 2; the text has 1024. train, val, test: numbers of examples, val may be 0.
    Raises UserError for values out of range.
    """

    batch_size: ClassVar[int] = 20

    def __init__(
        self,
        *,
        shape: Literal["stairs", "alternating"],
        pieces: int = 16,
        train: int = 1000,
        val: int = 200,
        test: int = 1000,
        seed: int = 0,
    ) -> None:
        super().__init__(train=train, val=val, test=test, seed=seed)
        if shape not in SHAPES:
            raise unknown("shape", shape, SHAPES)
        if pieces < 2:
            raise UserError(f"pieces is {pieces}; it must be at least 2")
        self.shape = shape
        self.pieces = pieces
        self.spec = DataSpec("real", (1,), "real", 1, low=0.0, high=1.0)

    def sample(self, n: int) -> Batch:
        """Sample numbers with a uniform distribution."""
        x = torch.rand(n, 1, generator=torch.Generator().manual_seed(self.seed))
        place = (self.pieces * x).floor()
        return Batch(x, place / (self.pieces - 1) if self.shape == "stairs" else 1 - 2 * (place % 2))
