import pytest
import torch
from nnzoo.data.holdout import classes_of, stratified, train_test_split
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


@pytest.mark.parametrize("held_out", [5, 20, 50, 90])
def test_one_large_class_beside_many_of_one_example(held_out):
    """Evenly spread, all 5 would be of the large class, whose share is 0.5."""
    counts = torch.tensor([10, *[1] * 100])
    y = torch.arange(101).repeat_interleave(counts)
    rest, held = stratified(y, held_out, seed=3)
    assert sorted([*rest.tolist(), *held.tolist()]) == list(range(110))
    assert len(held) == held_out
    assert ((y[held].bincount(minlength=101) - counts * held_out / 110).abs() < 1).all()
    assert not torch.equal(held, stratified(y, held_out, seed=4)[1])


def test_splits_of_few_classes_stay_as_they_were():
    """Recorded; published results were made with them."""
    y = torch.arange(3).repeat_interleave(torch.tensor([9, 5, 6]))
    assert stratified(y, 7, seed=0)[1].tolist() == [4, 5, 7, 9, 13, 14, 19]
    assert stratified(y, 5, seed=0)[1].tolist() == [4, 5, 13, 14, 19]


def test_stratified_depends_on_seed_alone():
    y = torch.arange(3).repeat(20)
    assert torch.equal(stratified(y, 15, 1)[1], stratified(y, 15, 1)[1])
    assert not torch.equal(stratified(y, 15, 1)[1], stratified(y, 15, 2)[1])


def test_split_holds_out_at_least_one_example():
    rest, held = train_test_split(Batch(torch.zeros(4, 1), torch.zeros(4, 1)), 0.01, 0)
    assert (len(rest.x), len(held.x)) == (3, 1)


def test_nothing_left():
    with pytest.raises(UserError, match="cannot hold out 1 of 1"):
        train_test_split(Batch(torch.zeros(1, 1), torch.zeros(1, dtype=torch.long)), 0.5, 0)


@pytest.mark.parametrize("classes", [3, 70_000])
def test_stratified_does_not_depend_on_the_numbers_of_the_classes(classes):
    y = torch.randint(classes, (200_000,), generator=torch.Generator().manual_seed(0))
    wanted, found = stratified(y, 50_000, 1), stratified(10**12 * y - 7, 50_000, 1)
    assert all(torch.equal(a, b) for a, b in zip(wanted, found, strict=True))
    together = torch.cat(found)
    assert torch.equal(together.sort().values, torch.arange(len(y)))


def test_only_integers_of_examples_are_classes_to_stratify_by():
    y = torch.tensor([0, 2, 1])
    assert classes_of(y) is y
    assert classes_of(y.float()) is None
    assert classes_of(y[:, None]) is None
