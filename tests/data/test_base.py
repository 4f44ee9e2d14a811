import math

import pytest
import torch
from nnzoo.data import base
from nnzoo.data.holdout import random_split
from nnzoo.errors import UserError
from nnzoo.spec import Batch, DataSpec


def test_random_split_depends_on_the_seed():
    rest, held = random_split(100, 30, seed=1)
    assert len(held) == 30
    assert sorted([*rest.tolist(), *held.tolist()]) == list(range(100))
    assert held.tolist() == sorted(held.tolist()) == random_split(100, 30, seed=1)[1].tolist()
    assert held.tolist() != random_split(100, 30, seed=2)[1].tolist()


@pytest.mark.parametrize("held_out", [-1, 10, 11])
def test_random_split_leaves_something(held_out):
    with pytest.raises(UserError, match=f"cannot hold out {held_out} of 10"):
        random_split(10, held_out, seed=0)


class Given(base.Data):
    """A test split that is given."""

    def __init__(self, spec, n, steps=None):
        super().__init__(seed=0)
        self.spec = spec
        self.batch_kind = "contiguous" if spec.target == "next_token" else "examples"
        lead = (n,) if steps is None else (n, steps)
        count = torch.arange(math.prod(lead))
        x = count.view(*lead, *[1] * len(spec.shape)).expand(*lead, *spec.shape)
        self.given = Batch(x, count.view(lead) if spec.per_step else torch.arange(n))

    def load(self):
        return {"test": self.given}


def classes(shape, k):
    return DataSpec("real", shape, "classes", k)


def windows(k, **options):
    return DataSpec("real", (2,), "classes", k, sequence=True, **options)


def text(size):
    words = tuple(map(str, range(size)))
    return DataSpec("tokens", (), "next_token", size, sequence=True, per_step=True, vocabulary=words)


@pytest.mark.parametrize(
    ("data", "examples", "segment"),
    [
        (Given(classes((784,), 10), 3000), 1000, None),
        (Given(classes((3, 224, 224), 10), 100), 34, None),
        (Given(classes((3, 500, 500), 10), 100), 6, None),
        (Given(classes((9_000_000,), 10), 3), 1, None),
        (Given(classes((784,), 100_000), 3000), 52, None),
        (Given(DataSpec("real", (3, 128, 128), "class_map", 5), 100), 40, None),  # 3 inputs and 5 outputs of a pixel
        (Given(windows(10), 3000, 100), 1000, None),
        (Given(windows(10), 3000, 1000), 163, None),
        (Given(windows(1000, per_step=True), 3000, 100), 52, None),
        (Given(text(65), 10, 600), 10, 500),
        (Given(text(100_000), 10, 600), 10, 5),
        (Given(text(1_000_000), 10, 600), 10, 1),
    ],
)
def test_evaluation_batches_are_limited_by_memory(data, examples, segment):
    loader = data.eval_loader("test")
    assert (loader.batch_size, loader.segment) == (examples, segment)


def test_sizes_of_splits():
    vector = DataSpec(input="real", shape=(3,), target="classes", target_size=2)
    text = DataSpec(input="tokens", shape=(), target="next_token", target_size=2, sequence=True, per_step=True)
    assert Given(vector, 7).split_sizes() == {"test": 7}
    assert Given(text, 2, steps=5).split_sizes() == {"test": 10}  # tokens


def test_evaluation_batch_size_does_not_change_examples(monkeypatch):
    for data in (Given(classes((4,), 3), 50), Given(windows(3), 20, 7)):
        whole = list(data.eval_loader("test"))
        with monkeypatch.context() as patch:
            patch.setattr(base, "EVAL_VALUES", 100)
            parts = list(data.eval_loader("test"))
        assert len(parts) > len(whole) == 1
        assert torch.equal(torch.cat([part.x for part in parts]), whole[0].x)
        assert torch.equal(torch.cat([part.y for part in parts]), whole[0].y)
    data = Given(text(5), 3, 40)
    monkeypatch.setattr(base, "EVAL_VALUES", 1000)
    parts = list(data.eval_loader("test"))
    assert [part.x.shape[1] for part in parts] == [10] * 4
    assert [part.is_continuation for part in parts] == [False, True, True, True]
    assert torch.equal(torch.cat([part.x for part in parts], 1), data.given.x)
