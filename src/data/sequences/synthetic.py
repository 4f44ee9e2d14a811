"""Randomly sampled data sets. Shapes: N examples."""

from abc import abstractmethod
from itertools import accumulate

from ...errors import UserError
from ...spec import Batch
from ..base import Data, Splits
from ..splits import Split


class Synthetic(Data):
    """Examples sampled with a random generator that `seed` initializes.

    train, val, test: numbers of examples; val may be 0. No example is in two splits. Raises UserError for values out of
    range.
    """

    def __init__(self, *, train: int, val: int, test: int, seed: int) -> None:
        super().__init__(seed=seed)
        for name, value, low in [("train", train, 1), ("val", val, 0), ("test", test, 1)]:
            if value < low:
                raise UserError(f"{name} is {value}; it is a number of examples, at least {low}")
        self.sizes = {"train": train, "val": val, "test": test}

    @abstractmethod
    def sample(self, n: int) -> Batch:
        """Return `n` distinct examples; the same seed gives the same examples."""

    def load(self) -> Splits:
        """Sample all examples and split them."""
        ends = list(accumulate(self.sizes.values()))
        examples = self.sample(ends[-1])
        sizes = zip(self.sizes.items(), ends, strict=True)
        return self.with_fold({name: Split(examples, slice(end - size, end)) for (name, size), end in sizes if size})
