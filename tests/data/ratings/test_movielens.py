import hashlib
from pathlib import Path

import pandas as pd
import pytest
import torch
from nnzoo.data.ratings import movielens
from nnzoo.data.ratings.movielens import FILE, MovieLens
from nnzoo.data.ratings.own import OwnRatings
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


@pytest.fixture
def newer(tmp_path):
    """A folder of a newer release."""
    ratings = [f"{i},{j},{0.5 + (i + j) % 10 / 2},{37 * i * j % 101}" for i in range(1, 13) for j in range(3, 9)]
    (tmp_path / "ratings.csv").write_text("\n".join(["userId,movieId,rating,timestamp", *ratings]) + "\n")
    titles = [f'{j},"The {j}. Film, Part 2 (1995)",Comedy|Drama' for j in range(1, 12)]
    (tmp_path / "movies.csv").write_text("\n".join(["movieId,title,genres", *titles]) + "\n")
    return tmp_path


def test_newer_release(newer):
    data = MovieLens(path=str(newer), split="time", standardize_target=False)
    assert data.ids.titles == tuple(f"The {j}. Film, Part 2 (1995)" for j in data.ids.ids[1])
    assert data.digest
    x, y = data.splits["test"].x, data.splits["test"].y[:, 0]
    users, items = (torch.tensor([int(data.ids.ids[k][n - 1]) for n in x[:, k]]) for k in (0, 1))
    assert torch.equal(y, 0.5 + (users + items) % 10 / 2)
    last = {i: max(range(3, 9), key=lambda j: 37 * i * j % 101) for i in range(1, 13)}
    assert dict(zip(users.tolist(), items.tolist(), strict=True)) == last


def test_titles_of_a_newer_release_are_text(newer):
    (newer / "movies.csv").write_text("movieId,title\n" + "".join(f"{j},00{j}\n" for j in range(1, 12)))
    assert MovieLens(path=str(newer)).ids.titles == ("003", "004", "005", "006", "007", "008")


def test_settings_of_both_releases(root, newer):
    """They choose examples and splits as for your own ratings."""
    frame = pd.DataFrame([line.split("\t") for line in LINES], columns=["user", "item", "rating", "time"])
    frame = frame.astype({"rating": float, "time": int})
    table = pd.read_csv(newer / "ratings.csv").set_axis(["user", "item", "rating", "time"], axis=1)
    for settings in (
        {"layout": "rows"},
        {"standardize_target": False},
        {"split": "user", "layout": "rows", "given": 0.5},
        {"split": "time"},
        {"implicit": True, "threshold": 3.0, "negatives": 1},
        {"unseen": "refuse"},
        {"val": 0.3},
        {"test": 0.4},
        {"seed": 3},
    ):
        for given, source in (({"root": root}, frame), ({"path": str(newer)}, table)):
            found, own = MovieLens(**given, **settings), OwnRatings(source=source, **settings)
            assert found.spec == own.spec
            assert found.ids.unseen == own.ids.unseen
            for name in own.splits:
                assert torch.equal(found.splits[name].x, own.splits[name].x)


@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        ("ratings.csv", "1,3,2.5", "1,3,25", r"ratings\.csv, line 2: the rating 25 is outside \[0\.5, 5\]"),
        ("ratings.csv", "1,4,", "1,3,", r"ratings\.csv, line 3: user '1' rates item '3' a second time, first in .*2"),
        ("ratings.csv", "timestamp", "when", "column 'timestamp'"),
        ("movies.csv", "title", "name", "column 'title'"),
    ],
)
def test_damaged_files_of_a_newer_release(newer, name, old, new, message):
    text = (newer / name).read_text()
    (newer / name).write_text(text.replace(old, new, 1))
    with pytest.raises(UserError, match=message) as told:
        MovieLens(path=str(newer))
    assert "\n" not in str(told.value)


def test_a_missing_file_of_a_newer_release(newer):
    (newer / "movies.csv").unlink()
    with pytest.raises(UserError, match=r"movies\.csv does not exist; data\.path is the folder"):
        MovieLens(path=str(newer))
    with pytest.raises(UserError, match=r"data\.root=x has no effect"):
        MovieLens(root="x", path=str(newer))


def test_titles_of_the_original(root):
    Path(root, FILE).with_name("u.item").write_bytes("3|Amélie (2001)|x\n5|Up (2009)|y\n".encode("latin-1"))
    assert MovieLens(root=root).ids.titles == ("Amélie (2001)", "", "Up (2009)", "", "", "")
