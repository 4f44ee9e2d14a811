from collections import Counter

import pytest
import torch
from nnzoo.data.sequences.reverse import Reverse
from nnzoo.errors import UserError
from nnzoo.spec import Batch, DataSpec


def strings(spec: DataSpec, split: Batch) -> list[tuple[str, str]]:
    """Read pairs back, one number after the other."""
    assert split.mask is not None
    return [
        (
            "".join(spec.vocabulary[k] for k, real in zip(x, mask, strict=True) if real),
            "".join(spec.labels[k] for k in y[: y.index(0)]),
        )
        for x, y, mask in zip(split.x.tolist(), split.y.tolist(), split.mask.tolist(), strict=True)
    ]


def test_target_is_the_reversed_input() -> None:
    data = Reverse(letters=4, min_length=1, max_length=5, train=50, val=10, test=10)
    assert data.spec.target_size == 5
    assert data.spec.target_len == 6
    for split in data.splits.values():
        for read, written in strings(data.spec, split):
            assert 1 <= len(read) <= 5
            assert set(read) <= set("abcd")
            assert written == "".join(reversed(read))


def test_lengths_are_uniform_and_strings_are_distinct() -> None:
    data = Reverse(letters=2, min_length=1, max_length=8, train=200, val=20, test=20)
    pairs = [pair for split in data.splits.values() for pair in strings(data.spec, split)]
    assert len(set(pairs)) == 240
    found = Counter(len(read) for read, _ in pairs)
    assert [found[length] for length in (1, 2, 3)] == [2, 4, 8]  # all that there are
    assert found[8] < 130


def test_short_strings_are_in_all_splits() -> None:
    """Nearly all strings that there are: the short ones are drawn first."""
    data = Reverse(letters=2, min_length=1, max_length=8, train=400, val=0, test=100)
    for split in data.splits.values():
        lengths = Counter(len(read) for read, _ in strings(data.spec, split))
        assert sum(lengths[length] for length in range(1, 7)) > 0.1 * len(split.x)


def test_the_same_for_the_same_seed() -> None:
    one, same, other = (Reverse(train=20, val=0, test=5, seed=seed).splits["train"] for seed in (0, 0, 1))
    assert torch.equal(one.x, same.x)
    assert one.x.shape != other.x.shape or not torch.equal(one.x, other.x)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"letters": 0}, "letters is 0; it must be from 1 to 26"),
        ({"letters": 27}, "letters is 27; it must be from 1 to 26"),
        ({"min_length": 0}, "min_length is 0 and max_length is 8; 1 <= min_length <= max_length"),
        ({"min_length": 9}, "min_length is 9 and max_length is 8"),
        ({"letters": 2}, "train=10000, val=1000, test=1000 is more than the 508 strings of letters=2 with min_len"),
        ({"train": 0}, "train is 0; it is a number of examples"),
    ],
)
def test_values_out_of_range(wrong: dict[str, int], message: str) -> None:
    with pytest.raises(UserError, match=message):
        Reverse(**wrong)
