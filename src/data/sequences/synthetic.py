"""Sequences that are drawn at random, and cut into splits. Shapes: N examples."""

from abc import abstractmethod
from itertools import accumulate

from ...errors import UserError
from ...spec import Batch
from ..base import Data, Splits
from ..splits import Split


class Synthetic(Data):
    """Examples drawn by seed.

    train, val, test: numbers of sequences, val 0 for none; no sequence is in two splits. Raises UserError for
    values out of range.
    """

    def __init__(self, *, train: int, val: int, test: int, seed: int) -> None:
        super().__init__(seed=seed)
        for name, value, low in [("train", train, 1), ("val", val, 0), ("test", test, 1)]:
            if value < low:
                raise UserError(f"{name} is {value}; it is a number of sequences, at least {low}")
        self.sizes = {"train": train, "val": val, "test": test}

    @abstractmethod
    def draw(self, n: int) -> Batch:
        """Return `n` examples, no two the same, the same for the same seed."""

    def load(self) -> Splits:
        """Draw all examples and cut them."""
        ends = list(accumulate(self.sizes.values()))
        every = self.draw(ends[-1])
        cuts = zip(self.sizes.items(), ends, strict=True)
        return {name: Split(every, slice(end - size, end)) for (name, size), end in cuts if size}
