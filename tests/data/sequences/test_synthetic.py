import pytest
import torch
from nnzoo.data.sequences.adding import Adding
from nnzoo.data.sequences.copy_memory import Copy
from nnzoo.data.sequences.latch import Latch
from nnzoo.errors import UserError

from tests.support.contract import fits

SETS = [Adding, Copy, Latch]
SIZES = {"train": 30, "val": 10, "test": 20}


@pytest.mark.parametrize("kind", SETS)
def test_splits_have_the_given_sizes(kind):
    splits = kind(**SIZES).splits
    assert {name: len(part.x) for name, part in splits.items()} == {name: len(part.y) for name, part in splits.items()}
    assert {name: len(part.x) for name, part in splits.items()} == SIZES
    assert list(kind(train=3, val=0, test=2).splits) == ["train", "test"]


@pytest.mark.parametrize("kind", SETS)
def test_sequences_are_distinct(kind):
    x = torch.cat([part.x for part in kind(**SIZES).splits.values()]).flatten(1)
    assert len(x.unique(dim=0)) == 60


@pytest.mark.parametrize("kind", SETS)
def test_sampled_by_seed(kind):
    first, again, other = (kind(**SIZES, seed=seed).splits["test"] for seed in (0, 0, 1))
    assert torch.equal(first.x, again.x)
    assert torch.equal(first.y, again.y)
    assert not torch.equal(first.x, other.x)


@pytest.mark.parametrize("kind", SETS)
def test_batches_fit_the_spec(kind):
    data = kind(**SIZES)
    fits(data.spec, next(iter(data.train_loader())))
    for split in data.splits:
        fits(data.spec, next(iter(data.eval_loader(split))))


@pytest.mark.parametrize("kind", SETS)
@pytest.mark.parametrize("wrong", [{"train": 0}, {"val": -1}, {"test": 0}])
def test_numbers_of_sequences(kind, wrong):
    ((name, value),) = wrong.items()
    with pytest.raises(UserError, match=f"{name} is {value}"):
        kind(**wrong)
