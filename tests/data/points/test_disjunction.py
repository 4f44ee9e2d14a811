import pytest
from nnzoo.data.points.disjunction import Disjunction
from nnzoo.errors import UserError


def test_the_other_bits_are_irrelevant():
    data = Disjunction(n=6, relevant=2, train=None, val=None, test=None)
    part = data.splits["train"]
    for bits, label in zip(part.x.int().tolist(), part.y.tolist(), strict=True):
        assert label == (1 in bits[:2])
    assert part.y.sum() == 48  # three quarters of 64


def test_no_vector_is_in_two_splits():
    splits = Disjunction(n=12, train=2000, val=200, test=1000).splits
    rows = {tuple(row) for part in splits.values() for row in part.x.tolist()}
    assert len(rows) == 3200


@pytest.mark.parametrize("relevant", [0, 61])
def test_values_out_of_range(relevant):
    with pytest.raises(UserError, match=f"relevant is {relevant} bits; it must be from 1 to n=60"):
        Disjunction(relevant=relevant)
