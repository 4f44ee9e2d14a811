"""The file of the training ratings of a run."""

from pathlib import Path

import numpy as np
import pytest
from nnzoo.data.ratings.toy import RATINGS, ToyRatings
from nnzoo.errors import UserError
from nnzoo.runs.ratings import KnownRatings


def test_ratings_by_user(tmp_path: Path) -> None:
    data = ToyRatings()
    data.training_ratings().write(tmp_path / "ratings.npz")
    known = KnownRatings.read(tmp_path / "ratings.npz")
    users, items = data.ids.ids
    for code, user in enumerate(users, 1):
        codes, values = known.of_user(code)
        found = {(user, items[k - 1], value) for k, value in zip(codes, values, strict=True)}
        assert found == {row for row in RATINGS if row[0] == user}
    for unknown in (0, 3, 99):
        assert len(known.of_user(unknown)[0]) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["ratings.npz"]


def test_damaged_files(tmp_path: Path) -> None:
    path = tmp_path / "ratings.npz"
    with pytest.raises(UserError, match=r"^there is no"):
        KnownRatings.read(path)
    np.savez(path, pairs=np.ones((2, 2)))
    with pytest.raises(UserError, match=r"is it damaged\? \(KeyError\)"):
        KnownRatings.read(path)
    np.savez(path, pairs=np.ones((2, 2)), values=np.ones(3), table=np.array("{}"))
    with pytest.raises(UserError, match=r"is damaged: \(2, 2\) pairs for 3 ratings"):
        KnownRatings.read(path)
