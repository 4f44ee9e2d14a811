import hashlib
from pathlib import Path

import pytest
import torch
from nnzoo.data.tables import ionosphere
from nnzoo.data.tables.ionosphere import FILE, Ionosphere
from nnzoo.errors import UserError

ROWS = [",".join(["1", "0", *["0.5"] * 31, str(i / 100), "gb"[i % 3 == 0]]) for i in range(60)]
TEST_ROWS = [2, 3, 9, 19, 25, 31, 43, 44, 47, 48, 49, 54]  # the number in the last column, times 100


@pytest.fixture
def root(tmp_path, monkeypatch):
    """A folder with a small file of the same form, taken for the original."""
    monkeypatch.setattr(ionosphere, "SHA256", hashlib.sha256("\n".join(ROWS).encode()).hexdigest())
    (tmp_path / FILE).write_text("\r\n".join(ROWS) + "\n")
    return str(tmp_path)


def test_examples_and_labels(root):
    parts = Ionosphere(root=root).splits
    assert {name: len(part.y) for name, part in parts.items()} == {"train": 43, "val": 5, "test": 12}
    x, y = torch.cat([p.x for p in parts.values()]), torch.cat([p.y for p in parts.values()])
    order = x[:, 33].argsort()
    assert y[order].tolist() == [int(i % 3 != 0) for i in range(60)]
    assert (x[:, 2] == 0.5).all()


def test_the_test_set_is_the_same_for_every_seed(root):
    """Results of earlier versions are of this test set."""
    for seed in (0, 5):
        data = Ionosphere(root=root, seed=seed)
        assert (data.spec.low, data.spec.high, data.spec.labels) == (-1, 1, ("bad", "good"))
        rows = (100 * data.splits["test"].x[:, 33]).round().long().tolist()
        assert rows == TEST_ROWS
    val = [Ionosphere(root=root, seed=seed).splits["val"].x for seed in (0, 5)]
    assert not torch.equal(*val)


def test_fewer_examples_to_learn_from(root):
    every, few = Ionosphere(root=root).splits, Ionosphere(root=root, train=9).splits
    assert few["train"].y.bincount().tolist() == [3, 6]
    assert {tuple(row) for row in few["train"].x.tolist()} < {tuple(row) for row in every["train"].x.tolist()}
    assert torch.equal(few["test"].x, every["test"].x)
    assert torch.equal(few["val"].x, every["val"].x)
    other = Ionosphere(root=root, train=9, val=0.0, seed=1).splits["train"]
    assert not torch.equal(few["train"].x, other.x)


@pytest.mark.parametrize(
    ("train", "message"),
    [
        (1, "train is 1; it must be at least 2 examples"),
        (44, "train is 44; there are 43 training examples with val=0.1"),
    ],
)
def test_values_out_of_range(root, train, message):
    with pytest.raises(UserError, match=message):
        Ionosphere(root=root, train=train).splits  # noqa: B018


def test_not_the_original(root):
    Path(root, FILE).write_text("\n".join(ROWS[1:]))
    with pytest.raises(UserError, match=f"{FILE} is not the original file") as caught:
        Ionosphere(root=root).splits  # noqa: B018
    assert "\n" not in str(caught.value)


def test_no_file(tmp_path):
    data = Ionosphere(root=str(tmp_path))  # the spec needs none
    assert data.spec.shape == (34,)
    with pytest.raises(
        UserError, match=rf"{FILE} is not in {tmp_path}; put ionosphere.data of .* there, .*NNZOO_DATA"
    ) as caught:
        data.splits  # noqa: B018
    assert "\n" not in str(caught.value)


def test_original(real):
    real(FILE)
    parts = Ionosphere().splits
    assert {name: len(part.y) for name, part in parts.items()} == {"train": 253, "val": 28, "test": 70}
    assert sum(part.y.bincount() for part in parts.values()).tolist() == [126, 225]
    assert not torch.cat([part.x for part in parts.values()])[:, 1].any()  # the constant feature
