import hashlib
from pathlib import Path

import pytest
import torch
from nnzoo.data.ratings import movielens
from nnzoo.data.ratings.movielens import FILE, MovieLens
from nnzoo.errors import UserError

LINES = [f"{i}\t{j}\t{1 + (i + j) % 5}\t88125{i:02}" for i in range(1, 13) for j in range(3, 9)]


@pytest.fixture
def root(tmp_path, monkeypatch):
    """A folder with a small file of the same form, taken for the original."""
    monkeypatch.setattr(movielens, "SHA256", hashlib.sha256("\n".join(LINES).encode()).hexdigest())
    Path(tmp_path, FILE).parent.mkdir(parents=True)
    Path(tmp_path, FILE).write_text("\n".join(LINES) + "\n")
    return str(tmp_path)


def test_ratings(root):
    data = MovieLens(root=root, standardize_target=False)
    assert data.ids.ids == (tuple(map(str, range(1, 13))), tuple(map(str, range(3, 9))))
    assert {name: len(split.y) for name, split in data.splits.items()} == {"train": 52, "val": 6, "test": 14}
    for split in data.splits.values():
        users, items = split.x.T
        assert torch.equal(split.y[:, 0], 1.0 + (users + items + 2) % 5)


def test_not_the_original(root):
    Path(root, FILE).write_text("\n".join(LINES[1:]))
    with pytest.raises(UserError, match=r"u\.data is not the original file \(wrong SHA-256"):
        MovieLens(root=root)


def test_no_file(tmp_path):
    with pytest.raises(UserError) as told:
        MovieLens(root=str(tmp_path))
    assert str(told.value).startswith(f"{FILE} is not in {Path(tmp_path, FILE).parent}; put u.data of MovieLens 100k")
    assert "NNZOO_DATA" in str(told.value)
    assert "\n" not in str(told.value)


def test_the_original(real):
    """The figures of its README."""
    root = real(FILE).parents[2]
    data = MovieLens(root=str(root), standardize_target=False)
    assert len(data.ratings.values) == 100000
    assert sum(len(split.y) for split in data.splits.values()) == 100000
    assert (data.ratings.values.min(), data.ratings.values.max()) == (1, 5)
    users = data.ratings.pairs[:, 0]
    assert users.unique().numel() == 943
    assert users.bincount(minlength=944)[1:].min() >= 20
