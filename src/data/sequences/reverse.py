"""Strings and their reversals.

Source: Sutskever, Vinyals and Le, Sequence to sequence learning with neural networks (2014), on the order of the input;
Aggarwal 7.7.2.
"""

from random import Random
from string import ascii_lowercase

from ...errors import UserError
from .string_pairs import StringPairs


class Reverse(StringPairs):
    """Pairs of a random string and its reversal: the network reads one and writes the other.

    letters: number of different letters; min_length, max_length: of the strings; all lengths are equally likely until
    all strings of a length are used. train, val, test: numbers of pairs, val may be 0. Raises UserError for values out
    of range.
    """

    def __init__(
        self,
        *,
        letters: int = 8,
        min_length: int = 2,
        max_length: int = 8,
        train: int = 10000,
        val: int = 1000,
        test: int = 1000,
        seed: int = 0,
    ) -> None:
        if not 1 <= letters <= len(ascii_lowercase):
            raise UserError(f"letters is {letters}; it must be from 1 to {len(ascii_lowercase)}")
        if not 1 <= min_length <= max_length:
            raise UserError(f"min_length is {min_length} and max_length is {max_length}; 1 <= min_length <= max_length")
        self.letters = ascii_lowercase[:letters]
        self.lengths = range(min_length, max_length + 1)
        super().__init__(
            read=self.letters,
            written=self.letters,
            longest=max_length,
            train=train,
            val=val,
            test=test,
            seed=seed,
        )
        strings = sum(letters**length for length in self.lengths)
        if train + val + test > strings:
            raise UserError(
                f"train={train}, val={val}, test={test} is more than the {strings} strings of letters={letters} "
                f"with min_length={min_length} and max_length={max_length}"
            )

    def pairs(self, n: int, random: Random) -> list[tuple[str, str]]:
        """Sample lengths, then letters."""
        left = {length: len(self.letters) ** length for length in self.lengths}
        strings: dict[str, None] = {}
        while len(strings) < n:
            length = random.choice(list(left))
            string = "".join(random.choices(self.letters, k=length))
            if string not in strings:
                strings[string] = None
                left[length] -= 1
                if not left[length]:
                    del left[length]
        order = random.sample(list(strings), n)
        return [(string, string[::-1]) for string in order]
