"""Splits of ratings by user and by time."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from nnzoo.data.folds import Fold, validating_on
from nnzoo.data.ratings.divisions import rank_within
from nnzoo.data.ratings.own import OwnRatings
from nnzoo.errors import UserError

rng = np.random.default_rng(0)
PLACES = np.argwhere(rng.random((20, 15)) < 0.7)
FRAME = pd.DataFrame(
    {
        "user": [f"u{i}" for i in PLACES[:, 0]],
        "item": [f"i{j}" for j in PLACES[:, 1]],
        "rating": rng.integers(1, 6, len(PLACES)),
        "time": rng.permutation(len(PLACES)) // 2,
    }
)
N = len(FRAME)


def made(frame: pd.DataFrame = FRAME, **settings: Any) -> OwnRatings:
    return OwnRatings(source=frame, **settings)


def rows(data: OwnRatings, split: str) -> pd.DataFrame:
    return FRAME.iloc[data.rows[split].numpy()]


@pytest.mark.parametrize("split", ["rating", "user", "time"])
def test_every_rating_is_in_one_split(split: str) -> None:
    data = made(split=split)
    assert sorted(torch.cat([*data.rows.values()]).tolist()) == list(range(N))
    assert set(data.rows) == set(data.splits) == {"train", "val", "test"}
    other = made(split=split, seed=1)
    assert torch.equal(data.rows["test"], other.rows["test"])
    assert torch.equal(data.rows["val"], other.rows["val"]) == (split == "time")


def test_by_user() -> None:
    """The users of a split have no rating in another."""
    data = made(split="user")
    users = [set(rows(data, name).user) for name in ("train", "val", "test")]
    assert [len(each) for each in users] == [14, 2, 4]
    assert len(set.union(*users)) == 20
    assert not data.splits["test"].x[:, 0].any()
    assert data.splits["test"].x[:, 1].any()


@pytest.mark.parametrize("given", [None, 0.0, 0.5])
def test_rows_of_held_out_users_have_some_of_their_ratings_as_input(given: float | None) -> None:
    data = made(split="user", layout="rows", given=given, standardize_target=False)
    known = {(row.user, row.item): float(row.rating) for row in FRAME.itertuples()}
    for name in ("val", "test"):
        split = data.splits[name]
        assert not ((split.x > 0) & ~split.y.isnan()).any()  # a rating is input or target
        for x, y in zip(split.x, split.y, strict=True):
            count = int((x > 0).sum() + (~y.isnan()).sum())
            share = 0.8 if given is None else given
            assert abs(int((x > 0).sum()) - share * count) <= 1.5  # items without a training rating are left out
    assert len(known) == N
    train = data.splits["train"]
    assert torch.equal(train.x, train.y.nan_to_num(0.0))


def test_a_held_out_user_with_one_rating_has_it_as_target() -> None:
    frame = FRAME.groupby("user").head(1)
    data = made(frame.assign(item="same"), split="user", layout="rows")
    assert not data.splits["test"].x.any()
    assert data.splits["test"].y.isfinite().all()


def test_by_time() -> None:
    """No rating of a user is later than one of the user that is held out."""
    data = made(split="time")
    order = [rows(data, name) for name in ("train", "val", "test")]
    for user, own in FRAME.groupby("user"):
        earliest, latest = ([f(part[part.user == user].time) for part in order] for f in (min_of, max_of))
        for before, after in ((0, 1), (0, 2), (1, 2)):
            assert latest[before] <= earliest[after]
        counts = [int((part.user == user).sum()) for part in order]
        assert counts[2] == pytest.approx(0.2 * len(own), abs=0.51)
        assert sum(counts) == len(own)


def min_of(times: "pd.Series[Any]") -> float:
    return times.min() if len(times) else float("inf")


def max_of(times: "pd.Series[Any]") -> float:
    return times.max() if len(times) else float("-inf")


def test_dates_order_like_numbers(tmp_path: Path) -> None:
    dates = pd.to_datetime("2026-01-31") + pd.to_timedelta(FRAME.time, "h")
    path = tmp_path / "a.csv"
    FRAME.assign(when=dates).drop(columns="time").to_csv(path, index=False)
    numbers, found = made(split="time"), OwnRatings(path=str(path), split="time", time="when")
    for name, split in numbers.rows.items():
        assert torch.equal(split, found.rows[name])


def test_rank_within_groups() -> None:
    groups, keys = np.array([1, 0, 1, 1, 0]), np.array([3.0, 9.0, 1.0, 3.0, 2.0])
    assert rank_within(groups, keys).tolist() == [1, 1, 0, 2, 0]


def test_folds_by_user() -> None:
    held = []
    for index in range(4):
        with validating_on(Fold(index, 4)):
            data = made(split="user")
        users = set(rows(data, "val").user)
        assert users.isdisjoint(rows(data, "train").user)
        held.append(users)
        assert torch.equal(data.rows["test"], made(split="user").rows["test"])
    assert sum(map(len, held)) == len(set.union(*held)) == 16


def test_folds_of_rows() -> None:
    """In cross-validation the inputs of the fold are the ratings of the other folds."""
    seen = 0
    for index in range(3):
        with validating_on(Fold(index, 3)):
            data = made(layout="rows", standardize_target=False)
        val = data.splits["val"]
        assert not ((val.x > 0) & ~val.y.isnan()).any()
        seen += len(data.rows["val"])
    assert seen == N - len(data.rows["test"])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"split": "users"}, "data.split 'users'.*user"),
        ({"given": 0.5}, "data.given=0.5 has no effect; it is for data.split=user and data.layout=rows"),
        ({"given": 1.0, "split": "user", "layout": "rows"}, "data.given is 1.0; it must be a fraction"),
        ({"time": "time"}, "data.time=time has no effect; it is for data.split=time"),
        ({"split": "user", "source": FRAME[FRAME.user == "u1"]}, "1 users are too few for data.split=user"),
        ({"split": "time", "source": FRAME.drop(columns="time")}, "no column time or timestamp; data.time sets the"),
        (
            {"split": "time", "source": FRAME.assign(time="noon")},
            "row 1, column time: the time 'noon' is neither",
        ),
        ({"split": "time", "source": FRAME.groupby("user").head(1)}, "too few for val=0.1 and test=0.2: none in test"),
        ({"split": "user", "layout": "items"}, "no rating in val is by a user with a training rating"),
        ({"layout": "columns"}, "data.layout 'columns'"),
    ],
)
def test_what_makes_no_sense_is_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        _ = OwnRatings(**{"source": FRAME, **settings}).splits


def test_no_folds_by_time() -> None:
    with validating_on(Fold(0, 3)), pytest.raises(UserError, match="not divided by time into folds"):
        made(split="time")
