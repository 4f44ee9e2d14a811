"""Bit strings with two classes at each step, which depend on the last few bits.

Source: Leskovec, Rajaraman and Ullman, Mining of Massive Datasets, exercise 13.5.1. Shapes: N strings of n bits.
"""

from dataclasses import replace
from typing import ClassVar, Literal

import torch
from torch import Tensor

from ...errors import unknown
from ...spec import Batch
from ..points.bits import Bits

RULES = ("one_after_zero", "three_ones", "same_as_before")


class StringRule(Bits):
    """Random bit strings x (N, n, 1) with a class at each step, y (N, n): whether the last bits satisfy a rule.

    rule: "one_after_zero": the bit is 1 and the previous bit is 0; "three_ones": the last three bits are 1;
    "same_as_before": the bit is equal to the previous one. The class is 0 at steps with too few previous bits.
    n: length of a string, 1 to 62; train, val, test: numbers of random strings, all of them distinct; if all three are
    null, each split contains all 2^n strings, for n up to 12. Raises UserError for values out of range.
    """

    batch_size: ClassVar[int] = 20

    def __init__(
        self,
        *,
        rule: Literal["one_after_zero", "three_ones", "same_as_before"],
        n: int = 20,
        train: int | None = 500,
        val: int | None = 100,
        test: int | None = 500,
        seed: int = 0,
    ) -> None:
        if rule not in RULES:
            raise unknown("rule", rule, RULES)
        super().__init__(n=n, labels=("no", "yes"), train=train, val=val, test=test, seed=seed)
        self.rule = rule
        self.spec = replace(self.spec, shape=(1,), sequence=True, seq_len=n, per_step=True)

    def label(self, x: Tensor) -> Tensor:
        """Return whether the rule holds at each step of (N, n): bool (N, n)."""
        bits = torch.nn.functional.pad(x, (2, 0), value=-1)  # neither 0 nor 1
        older, before, now = bits[:, :-2], bits[:, 1:-1], bits[:, 2:]
        match self.rule:
            case "one_after_zero":
                return (now == 1) & (before == 0)
            case "three_ones":
                return (now == 1) & (before == 1) & (older == 1)
            case _:
                return now == before

    def examples(self, numbers: range | list[int]) -> Batch:
        """Return the binary digits of numbers as strings, most significant bit first, and their classes."""
        examples = super().examples(numbers)
        return examples._replace(x=examples.x.unsqueeze(-1))
