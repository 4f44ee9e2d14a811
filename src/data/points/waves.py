"""Functions of one number that repeat themselves, for networks wide or deep.

Source: Aggarwal 1.5.2. Shapes: N numbers.
"""

from typing import ClassVar, Literal

import torch

from ...errors import UserError, unknown
from ...spec import Batch, DataSpec
from ..sequences.synthetic import Synthetic

SHAPES = ("stairs", "alternating")


class Wave(Synthetic):
    """Numbers x (N, 1) in [0, 1] and the value of a function there, y (N, 1).

    shape: "stairs" rises by the same step from each of `pieces` equal intervals to the next, from 0 to 1;
    "alternating" is 1 and -1 in turn. pieces: at least 2; the text has 1024. The rest as in `Synthetic`.
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

    def draw(self, n: int) -> Batch:
        """Draw numbers evenly."""
        x = torch.rand(n, 1, generator=torch.Generator().manual_seed(self.seed))
        place = (self.pieces * x).floor()
        return Batch(x, place / (self.pieces - 1) if self.shape == "stairs" else 1 - 2 * (place % 2))
