"""Users, items and indices of users as examples, against the table of ratings."""

import numpy as np
import pandas as pd
import pytest
import torch
from nnzoo.data.ratings.own import OwnRatings
from nnzoo.data.ratings.toy import ToyRatings
from nnzoo.errors import UserError
from nnzoo.preprocessing.rating_rows import RatingRowsPreprocessing

rng = np.random.default_rng(0)
TABLE = rng.integers(1, 6, (12, 9)).astype(float)
TABLE[rng.random((12, 9)) < 0.3] = np.nan
PLACES = np.argwhere(~np.isnan(TABLE))
FRAME = pd.DataFrame({"user": PLACES[:, 0], "item": PLACES[:, 1], "rating": TABLE[~np.isnan(TABLE)]})


def made(layout: str, **settings: object) -> OwnRatings:
    return OwnRatings(source=FRAME, layout=layout, standardize_target=False, **settings)


def table(data: OwnRatings, split: str) -> torch.Tensor:
    """Return the ratings of a split by user and item (12, 9), NaN where unknown."""
    found = torch.full((12, 9), float("nan"))
    for row in data.rows[split].tolist():
        found[int(FRAME.user[row]), int(FRAME.item[row])] = FRAME.rating[row]
    return found


@pytest.mark.parametrize("layout", ["rows", "items", "index"])
@pytest.mark.parametrize("split", ["train", "val", "test"])
def test_examples_are_rows_of_the_table(layout: str, split: str) -> None:
    """All users and items have a training rating here."""
    data = made(layout)
    assert data.ids.sizes == (13, 10)
    target, train = table(data, split), table(data, "train")
    if layout == "items":
        target, train = target.T, train.T
    rated = ~target.isnan().all(1)
    found = data.splits[split]
    torch.testing.assert_close(found.y, target[rated], equal_nan=True)
    expected = rated.nonzero() + 1 if layout == "index" else train[rated].nan_to_num(0.0)
    assert torch.equal(found.x, expected)
    assert data.spec.labels == data.ids.ids[0 if layout == "items" else 1]


def test_means_of_the_inputs_are_those_of_the_known_training_ratings() -> None:
    """With implicit feedback no input is unknown."""
    for layout, axis in (("rows", 0), ("items", 1)):
        data = made(layout)
        expected = table(data, "train").nanmean(axis)
        torch.testing.assert_close(torch.tensor(data.spec.input_means), expected)
    assert not OwnRatings(source=FRAME, layout="rows", implicit=True).spec.input_means


def test_a_held_out_user_without_a_training_rating_is_an_example() -> None:
    """With an empty row or index 0; an item without one is no column."""
    frame = pd.concat([FRAME, pd.DataFrame({"user": range(100, 130), "item": 0, "rating": 3.0})])
    rows, index = (OwnRatings(source=frame, layout=layout) for layout in ("rows", "index"))
    new = [int(frame.user.iloc[row]) for row in rows.rows["test"].tolist() if frame.user.iloc[row] >= 100]
    assert new
    assert int((~rows.splits["test"].x.any(1)).sum()) == len(new)
    assert int((index.splits["test"].x == 0).sum()) == len(new)
    assert rows.splits["test"].y[-1].isfinite().tolist() == [True] + [False] * (len(rows.ids.ids[1]) - 1)


def test_toy_ratings_of_figures_2_13_and_2_14() -> None:
    items, index = ToyRatings(layout="items"), ToyRatings(layout="index", standardize_target=False)
    assert items.ids.ids == (("Bob", "Sayani"), ("E.T.", "Gandhi", "Nero", "Nixon", "Shrek"))
    assert items.splits["train"].x.tolist() == [[2, 4], [4, 0], [3, 0], [5, 0], [0, 5]]
    sayani = index.splits["train"].y[1]
    assert sayani.nan_to_num(0).tolist() == [4, 0, 0, 0, 5]


def test_ids_are_no_input_to_reconstruct() -> None:
    with pytest.raises(UserError, match=r"cannot be reconstructed; data\.layout=rows gives rows"):
        made("index").use_input_as_target()
    data = OwnRatings(source=FRAME, layout="items")
    data.use_input_as_target()
    assert data.spec.target == "input"
    assert data.spec.partial
    with pytest.raises(UserError, match=r"^data\.standardize_target=false has no effect: a reconstruction has the"):
        made("items").use_input_as_target()


def test_titles_are_in_the_order_of_the_items() -> None:
    frame = FRAME.assign(title=[f"film {item}" for item in FRAME.item])
    frame.loc[frame.item == 3, "title"] = None
    for layout in ("pairs", "rows", "items", "index"):
        ids = OwnRatings(source=frame, layout=layout).ids
        assert ids.titles == tuple(f"film {item}" if item != "3" else "" for item in ids.ids[1])
    assert made("pairs").ids.titles == ()
    assert OwnRatings(source=FRAME.assign(name=FRAME.item + 50), title="name").ids.titles[0] == "50"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"low": 2.0}, r"row \d+: the rating 1 is outside \[2, inf\], the range of the ratings"),
        ({"high": 4.0}, r"row \d+: the rating 5 is outside \[-inf, 4\]"),
        ({"low": 4.0, "high": 1.0}, "data.low is 4 and data.high is 1; data.low must be below"),
        ({"title": "names"}, "names"),
    ],
)
def test_what_makes_no_sense_is_refused(settings: dict[str, object], message: str) -> None:
    with pytest.raises(UserError, match=message):
        made("pairs", **settings)


def test_a_rating_out_of_range_has_file_and_line(tmp_path: object) -> None:
    path = f"{tmp_path}/a.csv"
    FRAME.assign(rating=FRAME.rating.where(FRAME.index != 7, 50)).to_csv(path, index=False)
    with pytest.raises(UserError, match=r"a\.csv, line 9: the rating 50 is outside \[1, 5\]"):
        OwnRatings(path=path, low=1, high=5)


def reading(source: pd.DataFrame, layout: str = "rows", **settings: object) -> RatingRowsPreprocessing:
    """Return how new tables are read."""
    found = OwnRatings(source=source, layout=layout, **settings).preprocessing
    assert isinstance(found, RatingRowsPreprocessing)
    return found


def test_rows_of_new_tables_are_read_as_in_training() -> None:
    shifted = FRAME.assign(rating=FRAME.rating - 3)  # from -2 to 2
    for layout, axis in (("rows", 0), ("items", 1)):
        read = reading(shifted, layout, missing="drop", unseen="refuse")
        assert (read.axis, read.rating, read.missing, read.ids.unseen) == (axis, "rating", "drop", "refuse")
        assert (read.low, read.high, read.implicit, read.threshold) == (-2, 2, False, None)
    for sign, low, high in ((1, 0, 5), (-1, -5, 0)):  # 0 stands for unknown ratings
        read = reading(FRAME.assign(rating=sign * FRAME.rating))
        assert (read.low, read.high) == (low, high)
    chosen = reading(FRAME, implicit=True, threshold=3.0)
    assert (chosen.implicit, chosen.threshold, chosen.high) == (True, 3.0, 1)


def test_the_smallest_number_of_ratings() -> None:
    three = pd.DataFrame({"user": ["a", "b", "c"], "item": ["x"] * 3, "rating": [1, 2, 4]})
    assert {name: len(rows) for name, rows in OwnRatings(source=three, val=0.5, test=0.4).rows.items()} == {
        "train": 1,
        "val": 1,
        "test": 1,
    }
    with pytest.raises(UserError, match=r"2 ratings are too few for val=0\.5 and test=0\.4"):
        OwnRatings(source=three.head(2), val=0.5, test=0.4)
    assert [*OwnRatings(source=three.head(2), val=0.0, test=0.5).rows] == ["train", "test"]
