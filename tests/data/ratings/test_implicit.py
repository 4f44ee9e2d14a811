"""Implicit feedback: positives, sampled negatives, and tables of zeros and ones."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from nnzoo.data.ratings.negatives import Negatives
from nnzoo.data.ratings.own import OwnRatings
from nnzoo.errors import UserError
from torch import Tensor

rng = np.random.default_rng(0)
TABLE = rng.integers(1, 6, (14, 10)).astype(float)
TABLE[rng.random((14, 10)) < 0.6] = np.nan
PLACES = np.argwhere(~np.isnan(TABLE))
FRAME = pd.DataFrame({"user": PLACES[:, 0], "item": PLACES[:, 1], "rating": TABLE[~np.isnan(TABLE)]})


def made(frame: pd.DataFrame = FRAME, **settings: Any) -> OwnRatings:
    return OwnRatings(source=frame, implicit=True, **settings)


def pairs(x: Tensor) -> set[tuple[int, ...]]:
    return {tuple(pair) for pair in x.tolist()}


def test_pairs_without_ratings() -> None:
    data, same = made(FRAME[["user", "item"]]), made()
    assert data.spec == same.spec
    assert data.spec.target == "multilabel"
    assert len(data.ratings.values) == len(FRAME)
    for name, split in data.splits.items():
        assert torch.equal(split.x, same.splits[name].x)


def test_threshold() -> None:
    data = made(threshold=4.0)
    assert len(data.ratings.values) == int((FRAME.rating >= 4).sum())
    assert f"{int((FRAME.rating >= 4).sum())} chosen pairs" in str(data.summary)


def test_chosen_pairs_keep_their_times() -> None:
    """The last pair of each user with a rating of at least 3 is held out, whatever the order of the rows."""
    frame = FRAME.assign(time=np.random.default_rng(1).permutation(len(FRAME)))
    chosen = frame[frame.rating >= 3]
    data = made(frame, threshold=3.0, split="time", val=0, test=0.2)
    place = chosen.groupby("user").time.rank(method="first") - 0.5
    late = (place / chosen.groupby("user").time.transform("size") > 0.8).to_numpy()
    assert data.rows["test"].tolist() == np.flatnonzero(late).tolist()


def test_without_a_target() -> None:
    """Rows of chosen items are known everywhere; other ratings are not."""
    data = made(layout="rows")
    data.remove_target()
    assert (data.spec.target, data.original_spec.target) == ("none", "multilabel")
    for layout in ("rows", "items"):
        with pytest.raises(UserError, match="ratings have unknown entries"):
            OwnRatings(source=FRAME, layout=layout).remove_target()


def test_each_positive_has_sampled_negatives() -> None:
    data = made(negatives=3)
    chosen = data.ratings.pairs
    for name, rows in data.rows.items():
        split = data.splits[name]
        positives = split.y[:, 0] == 1
        assert pairs(split.x[positives]) == pairs(chosen[rows])
        assert int((~positives).sum()) == 3 * len(rows)
        assert torch.equal(split.x[~positives, 0], chosen[rows, 0].repeat_interleave(3))  # of the same user
        known = chosen if name != "train" else chosen[rows]
        assert pairs(split.x[~positives]).isdisjoint(pairs(known))
        assert split.x[~positives, 1].min() >= 1


def test_negatives_of_training_may_be_held_out_pairs() -> None:
    """If they were left out, training would know the held-out pairs."""
    data = made(negatives=50)
    x, y = next(iter(data.train_loader(batch_size=10**6)))[:2]
    assert pairs(data.ratings.pairs[data.rows["test"]]) & pairs(x[y[:, 0] == 0])


def epoch_of(data: OwnRatings, epoch: int, start: int = 0) -> Tensor:
    return torch.cat([batch.x for batch in data.train_loader(batch_size=16).epoch(epoch, start)])


def test_each_epoch_draws_new_negatives_by_seed() -> None:
    data = made()
    first, second = epoch_of(data, 0), epoch_of(data, 1)
    assert len(first) == len(second) == 5 * len(data.rows["train"])
    assert pairs(first) != pairs(second)
    loader = data.train_loader(batch_size=16)
    for epoch, expected in ((1, second), (0, first), (1, second)):  # resumed: not in order
        found = torch.cat([batch.x for batch in loader.epoch(epoch)])
        assert torch.equal(found, expected)
    assert torch.equal(epoch_of(data, 1, start=2), second[32:])
    assert not torch.equal(epoch_of(made(seed=1), 0)[: len(first)], first)


def test_the_loader_has_the_seed_of_the_data() -> None:
    assert [made(seed=seed).train_loader().seed for seed in (0, 5)] == [0, 5]


def test_negatives_are_uniform_over_what_a_user_has_not_chosen() -> None:
    """User 1 has items 2, 3 and 6 of 6; user 2 has none; each other item is equally frequent."""
    known = torch.tensor([[1, 2], [1, 3], [1, 6]])
    sampler = Negatives(torch.tensor([[1, 2], [2, 1]]), excluded=known, items=6, count=30000, source="a.csv")
    x = sampler.examples(0, 0).x[2:]
    counts = [x[x[:, 0] == user, 1].bincount(minlength=7).double() / 30000 for user in (1, 2)]
    torch.testing.assert_close(counts[0], torch.tensor([0, 1, 0, 0, 1, 1, 0]).double() / 3, atol=0.02, rtol=0)
    torch.testing.assert_close(counts[1], torch.tensor([0, 1, 1, 1, 1, 1, 1]).double() / 6, atol=0.02, rtol=0)


def test_a_user_with_all_items_has_no_negatives() -> None:
    frame = pd.concat([FRAME, pd.DataFrame({"user": 50, "item": range(10), "rating": 1.0})])
    split = made(frame.drop_duplicates(["user", "item"]), test=0.01, val=0).splits["train"]
    user = int(split.x[:, 0].max())
    own = split.x[:, 0] == user
    assert split.y[own].min() == (1 if int((split.y[own] == 1).sum()) == 10 else 0)


@pytest.mark.parametrize("layout", ["rows", "items", "index"])
def test_tables_have_zeros_for_pairs_that_were_not_chosen(layout: str) -> None:
    """Pairs of the input are unknown in the targets of the other splits: nobody asks for them again."""
    data = made(layout=layout)
    axis = 1 if layout == "items" else 0
    for name in data.splits:
        codes, given, found = data.ratings.tables(name, axis)
        y = data.splits[name].y
        assert torch.equal(y == 1, ~found.isnan())
        assert torch.equal(y.isnan(), ~given.isnan() & found.isnan())
        assert y.isnan().any() == (name != "train")
        if layout != "index":
            assert torch.equal(data.splits[name].x, (~given.isnan()).float())
        assert len(codes) == len(y)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"threshold": 9.0}, "no rating is at least data.threshold=9"),
        ({"negatives": 0}, "data.negatives is 0; it must be at least 1"),
        ({"negatives": 2, "layout": "rows"}, "data.negatives=2 has no effect"),
        ({"implicit": False, "threshold": 3.0}, "data.threshold=3.0 has no effect; it is for data.implicit=true"),
        ({"rating": "rating"}, "data.rating=rating has no effect"),
        ({"low": 1.0}, "data.low=1.0 has no effect"),
        ({"standardize_target": False}, "data.standardize_target=false has no effect with data.implicit=true"),
        ({"source": FRAME[["user"]]}, "the data has 1 columns; it needs two: user and item"),
        ({"source": FRAME.assign(item=1).drop_duplicates(["user", "item"])}, "every user has chosen every item"),
    ],
)
def test_what_makes_no_sense_is_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        _ = OwnRatings(**{"source": FRAME, "implicit": True, **settings}).splits
