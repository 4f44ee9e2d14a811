"""Sums of two numbers as strings of digits.

Source: Zaremba and Sutskever, Learning to execute (2014), addition; Aggarwal 7.7.2 on outputs of a different length.
"""

from random import Random
from string import digits as ten_digits

from ...errors import UserError
from .string_pairs import StringPairs

MOST_DIGITS = 9  # of which all pairs can be numbered in 64 bits


class Sums(StringPairs):
    """Pairs of an addition such as "37+5" and its result, "42": the network reads one and writes the other.

    digits: maximum number of digits of both summands, 1 to 15. train, val, test: numbers of pairs, val may be 0. Raises
    UserError for values out of range.
    """

    def __init__(
        self,
        *,
        digits: int = 2,
        train: int = 6000,
        val: int = 1000,
        test: int = 1000,
        seed: int = 0,
    ) -> None:
        if not 1 <= digits <= MOST_DIGITS:
            raise UserError(f"digits is {digits}; it must be from 1 to {MOST_DIGITS}")
        self.numbers = 10**digits
        super().__init__(
            read=ten_digits + "+",
            written=ten_digits,
            longest=digits + 1,
            train=train,
            val=val,
            test=test,
            seed=seed,
        )
        if train + val + test > self.numbers**2:
            raise UserError(
                f"train={train}, val={val}, test={test} is more than the {self.numbers**2} pairs of numbers of "
                f"digits={digits}"
            )

    def pairs(self, n: int, random: Random) -> list[tuple[str, str]]:
        """Sample pairs of summands."""
        chosen = random.sample(range(self.numbers**2), n)
        both = [divmod(place, self.numbers) for place in chosen]
        return [(f"{a}+{b}", str(a + b)) for a, b in both]
