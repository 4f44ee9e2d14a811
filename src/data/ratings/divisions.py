"""Division of ratings into training, validation and test ratings.

Shapes: N ratings, U users.
"""

from collections.abc import Callable
from typing import Literal, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ...errors import UserError
from ..holdout import count_of, random_split

SplitBy = Literal["rating", "user", "time"]
HoldOut = Callable[[int, int], tuple[Tensor, Tensor]]
"""A function that divides n examples into training and held-out ones, given n and the number of the latter."""


class Division(NamedTuple):
    """rows: the ratings of each split; inputs: the ratings in the inputs when those of the split are predicted."""

    rows: dict[str, Tensor]
    inputs: dict[str, Tensor]


def by_rating(n: int, *, val: float, test: float, hold_out: HoldOut) -> dict[str, Tensor]:
    """Return random ratings for each split; those for testing do not depend on the seed."""
    rest, held = random_split(n, count_of(test, n), 0)
    train, chosen = hold_out(len(rest), count_of(val, len(rest)))
    return {"train": rest[train], "val": rest[chosen], "test": held}


def by_user(users: NDArray[np.int64], *, val: float, test: float, hold_out: HoldOut, source: str) -> dict[str, Tensor]:
    """Return all ratings of random users for each split; users: the number of the user of each rating (N,).

    Raises UserError for too few users.
    """
    of_rating = torch.from_numpy(users)
    count = int(users.max()) + 1
    if count < 2 + (val > 0):
        raise UserError(f"{source}: {count} users are too few for data.split=user with val={val} and test={test}")
    parts = by_rating(count, val=val, test=test, hold_out=hold_out)
    return {name: torch.isin(of_rating, chosen).nonzero().flatten() for name, chosen in parts.items()}


def by_time(users: NDArray[np.int64], times: NDArray[np.float64], *, val: float, test: float) -> dict[str, Tensor]:
    """Return the first ratings of each user for training, later ones for validation, and the last ones for testing.

    Ratings at the same time are in the order of the data. A user's share of ratings is rounded to whole ratings, so a
    user with few ratings may have none for testing.
    """
    place = (rank_within(users, times) + 0.5) / np.bincount(users)[users]
    first, last = (1 - test) * (1 - val), 1 - test
    parts = {"train": place <= first, "val": (place > first) & (place <= last), "test": place > last}
    return {name: torch.from_numpy(np.flatnonzero(part)) for name, part in parts.items()}


def rank_within(groups: NDArray[np.int64], keys: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the rank of each key among those of its group, from 0; equal keys are in the given order: (N,)."""
    order = np.lexsort((np.arange(len(keys)), keys, groups))
    counts = np.bincount(groups)
    rank = np.empty(len(keys), dtype=np.int64)
    rank[order] = np.arange(len(keys)) - np.repeat(counts.cumsum() - counts, counts)
    return rank


def with_given(rows: dict[str, Tensor], users: NDArray[np.int64], share: float) -> Division:
    """Return a division by user in which a random share of the ratings of a held-out user is the input.

    The other ratings, at least one of each user, are to be predicted. The choice does not depend on the seed.
    """
    generator = np.random.default_rng(0)
    place = rank_within(users, generator.random(len(users)))
    is_given = torch.from_numpy(place < np.minimum(np.round(share * np.bincount(users)), np.bincount(users) - 1)[users])
    found, inputs = dict(rows), dict(rows)
    for name in set(rows) - {"train"}:
        given = is_given[rows[name]]
        found[name], inputs[name] = rows[name][~given], rows[name][given]
    return Division(found, inputs)


def check_sizes(rows: dict[str, Tensor], source: str, val: float, test: float) -> None:
    """Raise UserError if a split that is not empty by its fraction has no ratings."""
    for name in ("train", "test", *(["val"] if val else [])):
        if not len(rows[name]):
            total = sum(map(len, rows.values()))
            raise UserError(f"{source}: {total} ratings are too few for val={val} and test={test}: none in {name}")
