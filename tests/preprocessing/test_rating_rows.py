"""Tables of ratings as rows of the items of the training data."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from nnzoo.errors import DataWarning, UserError
from nnzoo.preprocessing.ids import IdPreprocessing
from nnzoo.preprocessing.rating_rows import RatingRowsPreprocessing
from nnzoo.preprocessing.restore import restore

IDS = IdPreprocessing(columns=("who", "film"), names=("user", "item"), ids=(("Ann", "Bob"), ("E.T.", "Nero", "Up")))
FITTED = RatingRowsPreprocessing(ids=IDS, rating="stars", low=0.0, high=5.0)
NUMBERED = replace(FITTED, ids=replace(IDS, columns=("3", "2"), header=False), rating="1")
TABLE = pd.DataFrame(
    {"stars": [3, 4.5, 1, 5], "film": ["Up", "E.T.", "Nero", "E.T."], "who": ["Cy", "Bob", "Cy", "Al"]}
)
ROWS = [[0, 1, 3], [4.5, 0, 0], [5, 0, 0]]  # of Cy, Bob and Al


def read(fitted: RatingRowsPreprocessing, path: Path, text: str) -> Any:
    path.write_text(text)
    (found,) = fitted.read(path)
    return found


@pytest.mark.parametrize("raw", [TABLE, TABLE.to_dict("list"), TABLE.to_dict("records"), TABLE.assign(more=1)])
def test_encode_objects_from_python(raw: Any) -> None:
    found = FITTED.encode(raw)
    assert found.x.tolist() == ROWS
    assert found.names == {"who": ["Cy", "Bob", "Al"]}
    assert found.mask is None


def test_files(tmp_path: Path) -> None:
    assert read(FITTED, tmp_path / "a.csv", TABLE.to_csv(index=False)).x.tolist() == ROWS
    tabs = TABLE[["who", "stars", "film"]].to_csv(index=False, sep="\t")
    assert read(FITTED, tmp_path / "a.tsv", tabs).x.tolist() == ROWS
    found = read(NUMBERED, tmp_path / "b.csv", TABLE.to_csv(index=False, header=False))
    assert found.x.tolist() == ROWS
    assert found.names == {"user": ["Cy", "Bob", "Al"]}
    named = TABLE.set_axis(["rating", "item", "user"], axis=1)
    assert NUMBERED.encode(named[["user", "item", "rating"]]).x.tolist() == ROWS


def test_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nnzoo.preprocessing.rating_rows.PIECE", 6)
    TABLE.to_csv(tmp_path / "a.csv", index=False)
    pieces = list(FITTED.read(tmp_path / "a.csv"))
    assert [piece.x.tolist() for piece in pieces] == [ROWS[:2], ROWS[2:]]
    assert [piece.names["who"] for piece in pieces] == [["Cy", "Bob"], ["Al"]]
    monkeypatch.setattr("nnzoo.preprocessing.rating_rows.PIECE", 2)
    assert [piece.x.tolist() for piece in FITTED.read(tmp_path / "a.csv")] == [[row] for row in ROWS]
    one = replace(FITTED, ids=replace(IDS, ids=(("Ann",), ("Nero",))))
    with pytest.warns(DataWarning, match="3 ratings of such items are left out"):
        assert [piece.x.tolist() for piece in one.read(tmp_path / "a.csv")] == [[[1], [0]], [[0]]]


def test_arrays_of_ratings_are_not_rearranged(tmp_path: Path) -> None:
    assert FITTED.encode(np.array(ROWS)).x.tolist() == ROWS
    np.save(tmp_path / "a.npy", np.array(ROWS))
    (found,) = FITTED.read(tmp_path / "a.npy")
    assert found.x.tolist() == ROWS
    with pytest.raises(UserError, match=r"the input has shape \(3, 2\); the network takes \(B, 3\)"):
        FITTED.encode(np.array(ROWS)[:, :2])


def test_ratings_of_unknown_items_are_left_out() -> None:
    more = pd.concat([TABLE, pd.DataFrame({"stars": [9, 2], "film": ["Ran", "M"], "who": ["Bob", "Di"]})])
    with pytest.warns(
        DataWarning,
        match=r"^row 5, column film: item 'Ran' is not in the training data; 2 ratings of such items are left out$",
    ):
        found = FITTED.encode(more)
    assert found.x.tolist() == [*ROWS, [0, 0, 0]]
    with pytest.raises(
        UserError, match=r"item 'Ran' is not in the training data; data\.unseen=mean leaves its ratings out"
    ):
        FITTED.reading({"unseen": "refuse"}).encode(more)


def test_rows_with_missing_cells() -> None:
    gaps = pd.concat([TABLE, pd.DataFrame({"stars": [None], "film": ["Up"], "who": ["Bob"]})])
    with pytest.raises(UserError, match=r"^row 5, column stars: the rating is missing"):
        FITTED.encode(gaps)
    with pytest.warns(DataWarning, match="^the input: 1 of 5 rows have a missing cell and are left out$"):
        assert replace(FITTED, missing="drop").encode(gaps).x.tolist() == ROWS


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ({"who": ["a"], "film": ["Up"]}, "the input has no column 'stars', which the network reads; its columns are"),
        ({"who": ["a"], "film": ["Up"], "star": [1]}, r"no column 'stars', .*; did you mean 'star'\?"),
        ({"who": ["a"], "film": ["Up"], "stars": [6]}, r"row 1, column stars: the rating 6 is outside \[0, 5\]"),
        ({"who": ["a"], "film": ["Up"], "stars": ["x"]}, "row 1, column stars: the rating 'x' is not a number"),
        ({"who": ["a"] * 2, "film": ["Up"] * 2, "stars": [1, 2]}, "row 2: user 'a' rates item 'Up' a second time"),
    ],
)
def test_unsuitable_input_is_refused(raw: Any, message: str) -> None:
    with pytest.raises(UserError, match=message):
        FITTED.encode(raw)


def test_within() -> None:
    with pytest.raises(UserError, match=r"rating 3 is outside \[0, 1\]"):
        FITTED.within(0.0, 1.0).encode(TABLE)
    for low, high, found in ((2.0, 9.0, (2.0, 5.0)), (-1.0, 4.0, (0.0, 4.0))):
        assert FITTED.within(low, high) == replace(FITTED, low=found[0], high=found[1])


def test_to_dict_round_trip() -> None:
    assert restore(NUMBERED.to_dict()) == NUMBERED
    assert FITTED.features == ("E.T.", "Nero", "Up")
