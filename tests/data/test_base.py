import math

import pytest
import torch
from nnzoo.data import base
from nnzoo.data.holdout import random_split
from nnzoo.errors import UserError
from nnzoo.spec import Batch, DataSpec
from nnzoo.transforms import Standardize, Transforms


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


class Rows(base.Data):
    """Six examples with titles."""

    def __init__(self, spec=None, seed=0):
        super().__init__(seed=seed)
        self.spec = classes((2,), 3) if spec is None else spec

    def load(self):
        examples = Batch(torch.arange(12).view(6, 2), torch.tensor([0, 1, 2, 0, 1, 2]))
        return {"train": examples, "test": examples.rows(slice(4, 6))}

    def titles(self, split):
        return [f"{split} {place}" for place in range(len(self.splits[split]))]


def test_loaders_of_a_data_set():
    data = Rows(seed=7)
    data.transform = lambda x: x / 2
    data.set_transforms(Transforms({"standardize": Standardize()}))
    train, test = data.train_loader(batch_size=4), data.eval_loader("test")
    assert (train.batch_size, train.shuffle, train.seed) == (4, True, 7)
    assert (test.batch_size, test.shuffle) == (2, False)
    assert (train.titles, test.titles) == (data.titles("train"), ["test 0", "test 1"])
    x = torch.arange(12.0).view(6, 2) / 2
    wanted = (x - x.mean(0)) / x.std(0, correction=0)
    found = torch.cat([batch.x for batch in train.epoch(3)])
    torch.testing.assert_close(found[found[:, 0].argsort()], wanted)
    torch.testing.assert_close(next(iter(test)).x, wanted[4:])
    for loader in (train, test):
        assert (loader.per_step, loader.unsupervised, loader.target_size) == (False, False, None)
        assert (loader.segment, loader.buckets, loader.sequences) == (None, False, False)
        assert loader.original_spec == data.original_spec == data.spec
        assert loader.transforms is data.transforms
    assert (train.augment, test.augment) == (False, False)  # no transform is random
    assert data.train_loader().batch_size == 6  # of at most 32


def test_loaders_with_the_input_as_target():
    data = Rows()
    original = data.spec
    data.use_input_as_target()
    assert data.spec != original == data.original_spec
    for loader in (data.train_loader(), data.eval_loader("test")):
        assert (loader.unsupervised, loader.target_size, loader.original_spec) == (True, 2, original)
        batch = next(iter(loader))
        assert torch.equal(batch.y, batch.x)
    assert torch.equal(data.class_targets("test"), torch.tensor([1, 2]))


def test_the_original_spec_is_that_with_the_target():
    data = Rows()
    assert data.original_spec is data.raw_spec is data.spec
    assert torch.equal(data.class_targets("train"), data.splits["train"].y)
    spec = data.spec
    data.remove_target()
    assert (data.spec.target, data.original_spec) == ("none", spec)
    assert torch.equal(data.class_targets("test"), torch.tensor([1, 2]))
    assert Rows(DataSpec("real", (2,), "real", 1)).class_targets("test") is None


def test_counts_of_targets_are_above_0():
    assert Rows(classes((2,), 4)).target_counts() == (3, 3, 3, 1)


def test_the_class_in_the_input():
    for context, target in ((False, 5), (True, 2)):
        data = Rows()
        data.transform = lambda x: x / 2
        spec = data.spec
        data.add_class_to_input(context=context)
        assert (data.spec.shape, data.original_spec, data.raw_spec) == ((5,), spec, spec)
        batch = next(iter(data.eval_loader("test")))
        assert batch.x.tolist() == [[4, 4.5, 0, 1, 0], [5, 5.5, 0, 0, 1]]
        assert torch.equal(batch.y, batch.x[:, :target])
        inputs = data.fitted_preprocessing.encode([[4, 4.5, 0, 1, 0]])
        assert inputs.x.tolist() == [[4, 4.5, 0, 1, 0]]


def test_rows_of_a_text():
    """Each row continues the one before; the last steps are left over."""
    stream = Batch(torch.arange(11)[None], torch.arange(1, 12)[None])
    found = base.to_rows(stream, 3)
    assert found.x.tolist() == [[0, 1, 2], [3, 4, 5], [6, 7, 8]]
    assert torch.equal(found.y, found.x + 1)
    assert base.to_rows(stream, 11).x.shape == (11, 1)
    for rows, message in (
        (0, "batch_size is 0; it must be at least 1"),
        (12, "11 tokens to train on are too few for 12"),
    ):
        with pytest.raises(UserError, match=message):
            base.to_rows(stream, rows)


def test_examples_of_two_batches():
    first = Batch(torch.zeros(2, 3), torch.zeros(2), torch.ones(2, 3, dtype=torch.bool))
    second = Batch(torch.ones(1, 3), torch.ones(1), torch.tensor([[True, False, False]]))
    found = base.concatenate(first, second)
    assert (found.x[:, 0].tolist(), found.y.tolist()) == ([0, 0, 1], [0, 0, 1])
    assert found.mask.sum(1).tolist() == [3, 3, 1]
    assert base.concatenate(first._replace(mask=None), second._replace(mask=None)).mask is None


def test_digests():
    data = Rows()
    assert data.has_digest(None)
    assert not data.has_digest("abc")
    data.digest = "abc"
    assert data.has_digest("abc")


def test_defaults_of_data_sets():
    data = Rows()
    for change, message in [
        (data.predict_context, "head=context predicts the neighbours of words or nodes, and the data has none"),
        (lambda: data.train_loader(segment=3), "segments of 3 steps need a target at every step"),
    ]:
        with pytest.raises(UserError, match=message):
            change()
    assert (data.training_ratings(), data.describe_out_of_range(0, 1), data.require_target()) == (None, None, None)
