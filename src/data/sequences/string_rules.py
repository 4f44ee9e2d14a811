"""Bit strings with a question at every step that takes memory of the last few bits.

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
    """Strings of n bits x (N, n, 1) and, after each bit, yes or no: y (N, n).

    rule: "one_after_zero": is this bit 1 and the one before 0? "three_ones": are the last three bits 1?
    "same_as_before": is this bit the same as the one before? No, where there are no such bits before.
    train, val, test as in `Bits`. Raises UserError for values out of range.
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

    def answer(self, x: Tensor) -> Tensor:
        """Return the answers after each bit of (N, n): bool (N, n)."""
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
        """Return numbers as strings, the highest bit first, with their answers."""
        examples = super().examples(numbers)
        return examples._replace(x=examples.x.unsqueeze(-1))
