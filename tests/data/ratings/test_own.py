"""The user's own ratings."""

import itertools
import warnings
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from nnzoo.data.ratings.own import OwnRatings
from nnzoo.errors import DataWarning, UserError

WORDS = ("one", "two", "three", "four", "five", "six", "seven", "eight")
ROWS = [(user, item, 1 + (3 * a + b) % 5) for (a, user), (b, item) in itertools.product(enumerate(WORDS), repeat=2)]
FRAME = pd.DataFrame(ROWS, columns=["user", "item", "rating"])


@pytest.fixture
def save(save):
    return partial(save, "a.csv")


def triplets(data):
    """Return the ratings of all splits in the user's words and units."""
    found = []
    for split in data.splits.values():
        users, items = (
            [[None, *ids][k] for k in numbers] for ids, numbers in zip(data.ids.ids, split.x.T.tolist(), strict=True)
        )
        ratings = data.spec.in_units(split.y)[:, 0].tolist()
        found += zip(users, items, map(round, ratings), strict=True)
    return sorted(found)


def test_every_rating_is_in_one_split(save):
    data = OwnRatings(path=save(FRAME.to_csv(index=False)))
    assert {name: len(split.y) for name, split in data.splits.items()} == {"train": 46, "val": 5, "test": 13}
    assert triplets(data) == sorted(ROWS)
    assert data.spec.sizes == (9, 9)
    assert data.spec.form == "ids"


def test_ratings_are_standardized_by_the_training_part(save):
    path = save(FRAME.to_csv(index=False))
    data, raw = OwnRatings(path=path), OwnRatings(path=path, standardize_target=False)
    train = raw.splits["train"].y
    assert data.spec.target_mean == (pytest.approx(float(train.mean())),)
    assert data.spec.target_scale == (pytest.approx(float(train.std(correction=0))),)
    assert raw.spec.target_scale == ()
    for name, split in data.splits.items():
        torch.testing.assert_close(data.spec.in_units(split.y).float(), raw.splits[name].y)


def test_splits_by_seed(save):
    path = save(FRAME.to_csv(index=False))
    one, same, other = (OwnRatings(path=path, seed=seed).splits for seed in (0, 0, 1))
    for name in one:
        assert torch.equal(one[name].x, same[name].x)
    assert torch.equal(one["test"].x, other["test"].x)
    assert not torch.equal(one["val"].x, other["val"].x)
    assert set(OwnRatings(path=path, val=0.0).splits) == {"train", "test"}


def test_ids_without_a_training_rating_are_0(save):
    lines = ["user,item,rating", *(f"u{k},i{k},{k % 5}" for k in range(40))]
    data = OwnRatings(path=save("\n".join(lines)))
    assert data.spec.sizes == (len(data.splits["train"].y) + 1,) * 2
    assert data.splits["train"].x.min() == 1
    assert not data.splits["test"].x.any()
    assert "11 held-out ratings are of other users or items" in data.summary


@pytest.mark.parametrize(
    ("text", "settings"),
    [
        ("user,item,rating\n{}", {}),
        ("rating;item;user\n{2};{1};{0}", {}),
        ("{}", {}),
        ("{}", {"header": False}),
        ("userId\tmovieId\tstars\n{0}\t{1}\t{2}", {}),
        ("when,stars,film,who\n7,{2},{1},{0}", {"user": "who", "item": 3, "rating": "stars"}),
        ("stars,user,film\n{2},{0},{1}", {"rating": 1, "item": "film"}),
    ],
)
def test_columns(save, text, settings):
    *head, line = text.split("\n")
    lines = [line.replace("{}", "{0},{1},{2}").format(*row) for row in ROWS]
    assert triplets(OwnRatings(path=save("\n".join([*head, *lines])), **settings)) == sorted(ROWS)


@pytest.mark.parametrize("given", [FRAME, FRAME.to_dict("list"), FRAME[["rating", "user", "item"]]])
def test_frames(given):
    data = OwnRatings(source=given)
    assert triplets(data) == sorted(ROWS)
    assert data.has_digest(OwnRatings(source=given).digest)
    assert data.digest != OwnRatings(source=FRAME[1:]).digest


def test_an_array_of_numbers():
    values = np.array([(i, 10 * j, i + j) for i in range(5) for j in range(4)], dtype=float)
    data = OwnRatings(source=values)
    assert data.ids.ids == (("0", "1", "2", "3", "4"), ("0", "10", "20", "30"))
    assert data.preprocessing.encode(values[:1, :2]).x.tolist() == [[1, 1]]


def test_numbers_and_what_reads_the_file_belong_together(save):
    """The same table through the preprocessing gives what training reads."""
    path = save(FRAME.to_csv(index=False))
    data = OwnRatings(path=path)
    (found,) = data.preprocessing.read(Path(path))
    assert torch.equal(found.x, data.ratings.pairs)


def test_rows(save):
    """x: the training ratings, y: those of the split, unknown ones 0 and NaN."""
    path = save(FRAME.to_csv(index=False))
    data, pairs = (OwnRatings(path=path, layout=layout, standardize_target=False) for layout in ("rows", "pairs"))
    assert data.spec.partial
    assert data.spec.labels == tuple(sorted(WORDS))
    train = {(int(i), int(j)): float(r) for (i, j), r in zip(*pairs.splits["train"].batch()[:2], strict=True)}
    for name, split in data.splits.items():
        known = {(int(i), int(j)): float(r) for (i, j), r in zip(*pairs.splits[name].batch()[:2], strict=True)}
        users = [user for user in range(1, 9) if any(i == user for i, _ in known)]
        assert len(split.x) == len(users)
        for row, user in enumerate(users):
            for item in range(1, 9):
                assert split.x[row, item - 1] == train.get((user, item), 0)
                if (user, item) in known:
                    assert split.y[row, item - 1] == known[user, item]
                else:
                    assert split.y[row, item - 1].isnan()


def test_rows_are_standardized_alike(save):
    path = save(FRAME.to_csv(index=False))
    rows, pairs = (OwnRatings(path=path, layout=layout) for layout in ("rows", "pairs"))
    assert rows.spec.target_mean == pairs.spec.target_mean * 8
    (y, x), z = rows.splits["train"].batch()[1::-1], pairs.splits["train"].y
    torch.testing.assert_close(rows.spec.in_units(y)[~y.isnan()].float(), x[~y.isnan()])
    torch.testing.assert_close(y[~y.isnan()].sort().values, z.flatten().sort().values)


def test_rows_as_their_own_target(save):
    """An autoencoder gives back what is known, in the units of its input."""
    data = OwnRatings(path=save(FRAME.to_csv(index=False)), layout="rows")
    data.use_input_as_target()
    assert (data.spec.target, data.spec.partial, data.spec.target_scale) == ("input", True, ())
    x, y, *_ = data.splits["train"].batch()
    assert torch.equal(y.nan_to_num(0.0), x)
    assert y.isnan().any()
    batch = next(iter(data.train_loader()))
    assert batch.y.isnan().any()


def test_pairs_are_not_their_own_target(save):
    with pytest.raises(UserError, match=r"ids of users and items cannot be reconstructed; data\.layout=rows gives"):
        OwnRatings(path=save(FRAME.to_csv(index=False))).use_input_as_target()


def test_constant_ratings_are_not_divided_by_zero(save):
    data = OwnRatings(path=save("\n".join(["user,item,rating", *(f"a,i{k},3" for k in range(9))])))
    assert (data.spec.target_mean, data.spec.target_scale) == ((3.0,), (1.0,))


@pytest.mark.parametrize(
    ("lines", "settings", "message"),
    [
        (
            ["a,x,1", "a,y,2", "b,x,3", "a,y,4"],
            {},
            r"a\.csv, line 5: user 'a' rates item 'y' a second time, first in .*3;",
        ),
        (
            ["a,x,1", ",y,2"],
            {},
            r"a\.csv, line 3, column user: the user is missing; data\.missing=drop leaves such rows",
        ),
        (["a,x,1", "b,,2"], {}, r"a\.csv, line 3, column item: the item is missing"),
        (["a,x,1", "b,y,"], {}, r"a\.csv, line 3, column rating: the rating is missing"),
        (["a,x,1", "b,y,", "c,,2", ",z,2"], {}, r"a\.csv, line 3, column rating: the rating is missing"),
        (["a,x,", "b,,2"], {"missing": "drop"}, r"a\.csv: every row has a missing cell"),
        ([",y,good", "b,y,bad"], {"missing": "drop"}, r"line 3, column rating: the rating 'bad' is not a number"),
        (
            ["a,x,1", ",y,2", "b,y,2", "a,x,2"],
            {"missing": "drop"},
            r"line 5: user 'a' rates item 'x' .* first in .* 2;",
        ),
        (["a,x,1", "b,y,2"], {"missing": "mean"}, r"unknown data\.missing 'mean'; one of: drop, refuse"),
        (["a,x,good", "b,y,bad"], {}, r"line 2, column rating: the rating 'good' is not a number; data\.rating names"),
        (["a,x,1", "a,y,-1e40", "b,x,2"], {}, r"^a\.csv: ratings up to 1e\+40 are too large for float32$"),
        (["a,x,1"], {}, r"1 ratings are too few for val=0.1 and test=0.2"),
        ([f"a,{k},1" for k in range(9)], {"test": 0.0}, "test must be above 0"),
        ([f"a,{k},1" for k in range(9)], {"val": 1.0}, "val is 1.0; it must be a fraction"),
        (["a,x,1"], {"rating": "stars"}, r"a\.csv: unknown column 'stars'; one of: item, rating, user"),
        (
            ["a,x,1"],
            {"rating": "item"},
            r"column 'item' is both item and rating; set data\.item or data\.rating to another",
        ),
        (["a,x,1", "b,x,2", "c,x,2", "b,y,2"], {"layout": "columns"}, r"unknown data\.layout 'columns'"),
        (["a,x,1", "b,x,2", "c,x,2", "b,y,2"], {"unseen": "drop"}, r"unknown data\.unseen 'drop'"),
    ],
)
def test_refusals(save, lines, settings, message):
    with (
        warnings.catch_warnings(action="ignore", category=DataWarning),
        pytest.raises(UserError, match=message) as told,
    ):
        OwnRatings(path=save("\n".join(["user,item,rating", *lines])), **settings)
    assert "\n" not in str(told.value)


def test_the_first_missing_cell_is_that_of_the_first_row_of_the_file(save):
    """Also where its columns are in another order than user, item and rating."""
    with pytest.raises(UserError, match=r"line 2, column rating: the rating is missing"):
        OwnRatings(path=save("rating,item,user\n,x,\n3,,b\n"))
    with pytest.raises(UserError, match=r"^row 2, column item: the item is missing; data\.missing=drop"):
        OwnRatings(source={"user": ["a", "b", None], "item": ["x", None, "y"], "rating": [1.0, 2.0, np.nan]})


def test_rows_with_a_missing_cell_can_be_left_out(save):
    gaps = [("", "nine", 3), ("one", "", 2), ("nine", "one", "")]
    table = pd.DataFrame([gaps[0], *ROWS[:30], gaps[1], *ROWS[30:], gaps[2]], columns=FRAME.columns)
    path, clean = save(table.to_csv(index=False)), OwnRatings(source=FRAME)
    frame = pd.read_csv(path)
    for given in ({"path": path}, {"source": frame}):
        with pytest.warns(DataWarning, match=r"^(a\.csv|data): 3 of 67 rows have a missing cell and are left out$"):
            data = OwnRatings(missing="drop", **given)
        assert triplets(data) == sorted(ROWS)
        assert data.ids.ids == clean.ids.ids
        for name, split in data.splits.items():
            assert torch.equal(split.x, clean.splits[name].x)


def test_refusals_of_objects():
    with pytest.raises(UserError, match=r"data=ratings needs data\.path=FILE"):
        OwnRatings()
    with pytest.raises(UserError, match="the data has 2 columns; it needs three: user, item and rating"):
        OwnRatings(source=np.ones((4, 2)))
    with pytest.raises(UserError, match=r"the data is \(4,\); it must be \(N, 3\)"):
        OwnRatings(source=np.ones(4))


def test_a_table_that_is_too_large(save, monkeypatch):
    monkeypatch.setattr("nnzoo.data.ratings.layouts.MAX_TABLE_SIZE", 63)
    with pytest.raises(UserError, match=r"a table of 8 users and 8 items is too large; set data\.layout=pairs"):
        OwnRatings(path=save(FRAME.to_csv(index=False)), layout="rows")
    monkeypatch.setattr("nnzoo.data.ratings.layouts.MAX_TABLE_SIZE", 64)
    assert OwnRatings(path=save(FRAME.to_csv(index=False)), layout="rows").spec.shape == (8,)


def test_summary(save):
    assert OwnRatings(path=save(FRAME.to_csv(index=False))).summary == (
        "a.csv: 64 ratings from 1 to 5, mean 2.969; 8 users and 8 items with a training rating; "
        "46 train, 5 val, 13 test"
    )


@pytest.mark.parametrize("unseen", ["mean", "refuse"])
def test_unknown_ids_are_handled_as_chosen(save, unseen):
    for given in (
        {"source": FRAME},
        {"source": FRAME.to_numpy(dtype=object)[:, :3]},
        {"path": save(FRAME.to_csv(index=False))},
    ):
        assert OwnRatings(unseen=unseen, **given).ids.unseen == unseen
