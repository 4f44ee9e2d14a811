"""Bit vectors with two classes: consecutive ones and parity, which for two bits is XOR.

Source: Leskovec, Rajaraman and Ullman, Mining of Massive Datasets, 13.1. Shapes: N vectors of n bits.
"""

from abc import abstractmethod
from random import Random
from typing import ClassVar

import torch
from torch import Tensor

from ...errors import UserError
from ...spec import Batch, DataSpec
from ..base import Data, Splits

MAX_LISTED_BITS = 12  # up to this length, all vectors can be listed
MAX_BITS = 62  # random.sample takes ranges of up to 2^63 - 1 numbers


class Bits(Data):
    """Bit vectors with two classes.

    n: number of bits, 1 to 62; labels: names of the classes 0 and 1; train, val, test: numbers of random vectors,
    all of them distinct; if all three are None, each split contains all 2^n vectors, for n up to 12.
    Raises UserError for values out of range.
    """

    def __init__(
        self,
        *,
        n: int,
        labels: tuple[str, str],
        train: int | None,
        val: int | None,
        test: int | None,
        seed: int,
    ) -> None:
        super().__init__(seed=seed)
        if not 1 <= n <= MAX_BITS:
            raise UserError(f"n is {n} bits; it must be from 1 to {MAX_BITS}")
        self.n = n
        self.sizes = None if (train, val, test) == (None, None, None) else check_sizes(n, train, val, test)
        if self.sizes is None and n > MAX_LISTED_BITS:
            raise UserError(f"n is {n}, too many bits to list all vectors; set train, val and test to their numbers")
        self.spec = DataSpec("binary", (n,), "classes", 2, low=0.0, high=1.0, labels=labels)

    @abstractmethod
    def label(self, x: Tensor) -> Tensor:
        """Return whether vectors (N, n) of 0 and 1 belong to class 1: bool (N,)."""

    def load(self) -> Splits:
        """List or sample the vectors."""
        if self.sizes is None:
            every = self.examples(range(2**self.n))
            return self.with_fold({"train": every, "val": every, "test": every})
        numbers = Random(self.seed).sample(range(2**self.n), sum(self.sizes.values()))
        splits: Splits = {}
        for name, size in self.sizes.items():
            if size:
                splits[name] = self.examples(numbers[:size])
            numbers = numbers[size:]
        return self.with_fold(splits)

    def examples(self, numbers: range | list[int]) -> Batch:
        """Return the binary digits of numbers as vectors, most significant bit first, and their classes."""
        x = (torch.tensor(numbers)[:, None] >> torch.arange(self.n).flip(0)) & 1
        return Batch(x.float(), self.label(x).long())


def check_sizes(n: int, train: int | None, val: int | None, test: int | None) -> dict[str, int]:
    """Return the sizes of the splits. Raises UserError unless all are given and there are enough vectors."""
    if train is None or val is None or test is None:
        raise UserError(f"train={train}, val={val}, test={test}: give all three, or none for all vectors")
    if train < 1 or val < 0 or test < 1:
        raise UserError(f"train={train}, val={val}, test={test}: at least 1, 0 and 1 vectors are needed")
    if train + val + test > 2**n:
        raise UserError(f"train={train}, val={val}, test={test} is more than the {2**n} vectors of {n} bits")
    return {"train": train, "val": val, "test": test}


class ConsecutiveOnes(Bits):
    """Bit vectors; class 1 ("yes"): the vector contains `run_length` consecutive ones.

    n: number of bits; train, val, test: numbers of random vectors; by default each split contains all 2^n vectors.
    Source: Mining of Massive Datasets, 13.1. Raises UserError for values out of range.
    """

    batch_size: ClassVar[int] = 4

    def __init__(
        self,
        *,
        n: int = 4,
        run_length: int = 2,
        train: int | None = None,
        val: int | None = None,
        test: int | None = None,
        seed: int = 0,
    ) -> None:
        super().__init__(n=n, labels=("no", "yes"), train=train, val=val, test=test, seed=seed)
        if not 1 <= run_length <= n:
            raise UserError(f"run_length is {run_length}; it must be from 1 to n={n}")
        self.run_length = run_length

    def label(self, x: Tensor) -> Tensor:
        """Return whether vectors (N, n) contain `run_length` consecutive ones: bool (N,)."""
        return x.unfold(1, self.run_length, 1).bool().all(-1).any(-1)


class Parity(Bits):
    """Bit vectors; class 1 ("odd"): the number of ones is odd; with n=2, this is XOR.

    n: number of bits; train, val, test: numbers of random vectors; by default each split contains all 2^n vectors.
    Source: Mining of Massive Datasets, 13.1. Raises UserError for values out of range.
    """

    batch_size: ClassVar[int] = 4

    def __init__(
        self,
        *,
        n: int = 4,
        train: int | None = None,
        val: int | None = None,
        test: int | None = None,
        seed: int = 0,
    ) -> None:
        super().__init__(n=n, labels=("even", "odd"), train=train, val=val, test=test, seed=seed)

    def label(self, x: Tensor) -> Tensor:
        """Return whether the number of ones is odd: bool (N,)."""
        return x.sum(1) % 2 == 1
