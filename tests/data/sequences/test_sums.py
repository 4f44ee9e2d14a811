from dataclasses import replace

import pytest
from nnzoo.data.base import values_per_example
from nnzoo.data.sequences.sums import Sums
from nnzoo.errors import UserError

from .test_reverse import strings


@pytest.mark.parametrize("digits", [1, 2, 7])
def test_target_is_the_sum(digits: int) -> None:
    data = Sums(digits=digits, train=60, val=10, test=10)
    for split in data.splits.values():
        for read, written in strings(data.spec, split):
            one, other = map(int, read.split("+"))
            assert max(one, other) < 10**digits
            assert written == str(one + other)
    assert data.spec.target_len == digits + 2


def test_every_pair_once() -> None:
    data = Sums(digits=1, train=80, val=10, test=10)
    found = [read for split in data.splits.values() for read, _ in strings(data.spec, split)]
    assert sorted(found) == sorted(f"{a}+{b}" for a in range(10) for b in range(10))


def test_evaluation_counts_what_is_written() -> None:
    """32 numbers at least of each step that is read, and of each that is written."""
    spec = Sums(digits=2).spec
    assert values_per_example(spec, 5) == 32 * (5 + 4)
    assert values_per_example(replace(spec, target_size=100, labels=tuple(map(str, range(100)))), 5) == 32 * 5 + 100 * 4


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"digits": 0}, "digits is 0; it must be from 1 to 9"),
        ({"digits": 10}, "digits is 10; it must be from 1 to 9"),
        ({"digits": 1}, "train=6000, val=1000, test=1000 is more than the 100 pairs of numbers of digits=1"),
    ],
)
def test_values_out_of_range(wrong: dict[str, int], message: str) -> None:
    with pytest.raises(UserError, match=message):
        Sums(**wrong)


def test_the_largest_numbers() -> None:
    splits = Sums(digits=9, train=3, val=1, test=1).load()
    assert sum(len(each.y) for each in splits.values()) == 5
