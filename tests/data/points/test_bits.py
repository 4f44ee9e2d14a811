import pytest
import torch
from nnzoo.data.points.bits import ConsecutiveOnes, Parity
from nnzoo.errors import UserError


def words(x):
    return ["".join(str(int(bit)) for bit in row) for row in x]


def test_four_bits_of_the_text():
    every = ConsecutiveOnes().splits["train"]
    good = {word for word, y in zip(words(every.x), every.y, strict=True) if y}
    assert good == {"0011", "0110", "0111", "1011", "1100", "1101", "1110", "1111"}
    assert words(every.x) == [f"{i:04b}" for i in range(16)]


@pytest.mark.parametrize("run_length", [1, 2, 3])
@pytest.mark.parametrize("n", [3, 4, 5, 8, 12])
def test_counts_by_recurrence(n, run_length):
    # vectors without the run: each ends in a zero after 0 to run_length - 1 ones
    without = [2**k for k in range(run_length)]
    while len(without) <= n:
        without.append(sum(without[-run_length:]))
    every = ConsecutiveOnes(n=n, run_length=run_length).splits["test"]
    assert len(every.x) == 2**n
    assert int(every.y.sum()) == 2**n - without[n]


@pytest.mark.parametrize("n", [5, 40])
def test_classes_equal_those_of_a_string_search(n):
    splits = ConsecutiveOnes(n=n, run_length=3, train=20, val=5, test=7).splits
    for part in splits.values():
        assert [("111" in word) for word in words(part.x)] == part.y.bool().tolist()
        assert [word.count("1") % 2 for word in words(part.x)] == Parity(n=n, train=1, val=0, test=1).label(
            part.x
        ).long().tolist()


def test_xor():
    every = Parity(n=2).splits["train"]
    assert every.x.tolist() == [[0, 0], [0, 1], [1, 0], [1, 1]]
    assert every.y.tolist() == [0, 1, 1, 0]


def test_all_vectors_in_every_split():
    splits = Parity(n=3).splits
    assert list(splits) == ["train", "val", "test"]
    assert all(torch.equal(part.x, splits["train"].x) for part in splits.values())


@pytest.mark.parametrize("n", [6, 62])
def test_sampled_splits_are_disjoint(n):
    splits = Parity(n=n, train=30, val=14, test=20).splits
    assert {name: len(part.x) for name, part in splits.items()} == {"train": 30, "val": 14, "test": 20}
    assert len({word for part in splits.values() for word in words(part.x)}) == 64
    again = Parity(n=n, train=30, val=14, test=20, seed=1).splits
    assert not torch.equal(again["train"].x, splits["train"].x)
    assert list(Parity(n=n, train=30, val=0, test=20).splits) == ["train", "test"]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"n": 0}, "n is 0"),
        ({"n": 63}, "n is 63"),
        ({"n": 13}, "n is 13, too many"),
        ({"run_length": 0}, "run_length is 0"),
        ({"run_length": 5}, "run_length is 5"),
        ({"train": 5}, "give all three"),
        ({"train": 0, "val": 0, "test": 1}, "train=0"),
        ({"train": 10, "val": 3, "test": 4}, "more than the 16 vectors"),
    ],
)
def test_values_out_of_range(wrong, message):
    with pytest.raises(UserError, match=message):
        ConsecutiveOnes(**wrong)
