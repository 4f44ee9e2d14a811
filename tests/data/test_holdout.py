import pytest
import torch
from nnzoo.data.holdout import split_off, stratified
from nnzoo.errors import UserError
from nnzoo.spec import Batch


@pytest.mark.parametrize("held_out", [0, 1, 7, 50, 120])
def test_stratified_keeps_every_class_within_one(held_out):
    counts = torch.tensor([100, 20, 3, 1])
    y = torch.arange(4).repeat_interleave(counts)
    rest, held = stratified(y, held_out, seed=3)
    assert sorted([*rest.tolist(), *held.tolist()]) == list(range(124))
    assert len(held) == held_out
    wanted = counts * held_out / len(y)
    assert ((y[held].bincount(minlength=4) - wanted).abs() < 1).all()


def test_stratified_depends_on_seed_alone():
    y = torch.arange(3).repeat(20)
    assert torch.equal(stratified(y, 15, 1)[1], stratified(y, 15, 1)[1])
    assert not torch.equal(stratified(y, 15, 1)[1], stratified(y, 15, 2)[1])


def test_split_off_takes_at_least_one():
    rest, held = split_off(Batch(torch.zeros(4, 1), torch.zeros(4, 1)), 0.01, 0)
    assert (len(rest.x), len(held.x)) == (3, 1)


def test_nothing_left():
    with pytest.raises(UserError, match="cannot hold out 1 of 1"):
        split_off(Batch(torch.zeros(1, 1), torch.zeros(1, dtype=torch.long)), 0.5, 0)
