"""Recommendation of the items with the highest predicted ratings.

Shapes: B users, J items to choose from, N recommendations.
"""

import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from ...errors import DataWarning, UserError, did_you_mean
from ...files.frames import is_frame
from ...preprocessing.base import Inputs
from ...preprocessing.ids import IdPreprocessing, ids_to_text
from ...preprocessing.rating_rows import RatingRowsPreprocessing
from ...preprocessing.restore import restore
from ...runs.ratings import KnownRatings
from ...training.isolation import own_settings
from ..arguments import whole_number
from ..load import load
from ..trained import MAX_NUMBERS, Predictions, Trained, identifiers
from .scores import scores_of
from .users import User, users_of_ids, users_of_table

KEYS = ("rank", "title", "basis", "prediction")
Recommendation = tuple[User, int, int, float]
"""A user, the rank of an item, its code and its score."""


def recommend(
    source: str | Path,
    users: Any = None,
    n: int = 10,
    *,
    ratings: Any = None,
    items: Sequence[Any] | None = None,
    include_rated: bool = False,
    which: str | None = None,
    allow: Sequence[str] = (),
) -> Predictions:
    """Return the n items with the highest predicted ratings for each user, by the network of a run.

    users: an id or several; ratings: instead, a frame or the path of a table with the ratings of users, who may be new.
    items: ids of the items to choose from, None for all of the training data; include_rated: whether to include items
    that a user has rated. Items with equal predictions are in the order of their ids, as in the data.
    Returns arrays (N,), the rows of each user together: the ids of user and item, under the names of their columns in
    the training table; "rank", from 1; "title" if the items have titles; "basis": the ratings that the prediction
    depends on; "prediction": in the units of the ratings, or the probability that the item is chosen. which, allow: see
    `load`. Raises UserError for networks that do not predict ratings, and for unsuitable users, ratings or items.
    """
    net = load(source, which=which, allow=allow)
    return net.recommend(users, n, ratings=ratings, items=items, include_rated=include_rated)


class Recommender:
    """A trained network with the ratings on which it was trained.

    table: the preprocessing of tables of ratings, with the ids of users and items. Raises UserError for networks that
    do not predict ratings, and if the training ratings are not in the directory of the run.
    """

    def __init__(self, net: Trained) -> None:
        reads_names = bool(net.spec.vocabulary)  # of nodes or words, not ids of users and items
        if reads_names or not isinstance(net.preprocessing, IdPreprocessing | RatingRowsPreprocessing):
            raise UserError(
                f"{type(net.model).__name__} does not predict ratings; recommendations are for networks trained on "
                "ratings, with data=movielens or data=ratings for example"
            )
        if net.run is None:
            raise UserError(
                "the training ratings are in the directory of the run; load the run, not a copied checkpoint"
            )
        self.net = net
        self.known = KnownRatings.read(net.run.ratings_file)
        table = restore(self.known.table)
        assert isinstance(table, RatingRowsPreprocessing)
        self.table = table

    def recommend(
        self,
        users: Any = None,
        n: int = 10,
        *,
        ratings: Any = None,
        items: Sequence[Any] | None = None,
        include_rated: bool = False,
    ) -> Predictions:
        """Return the n best items for each user; see `recommend`."""
        if (users is None) == (ratings is None):
            raise UserError(f"give users or ratings{', not both' if users is not None else ''}")
        if is_frame(users):
            raise UserError(f"the users are of type {type(users).__name__}; pass ids, or ratings=frame")
        n = whole_number("n", n, least=1)
        ids = self.table.ids
        candidates = candidate_items(ids, items)
        if users is None:
            wanted = users_of_table(self.table, self.known, ratings)
        else:
            wanted = users_of_ids(ids, self.known, [users] if isinstance(users, str) or np.ndim(users) == 0 else users)
        if not wanted:
            raise UserError("there are no users")
        found: list[Recommendation] = []
        size = max(1, MAX_NUMBERS // len(ids.ids[1]))
        with own_settings():
            scores = scores_of(self.net, self.known, len(ids.ids[1]))
            for begin in range(0, len(wanted), size):
                some = wanted[begin : begin + size]
                found += top_items(some, scores(some, candidates), candidates, n, include_rated)
        return as_arrays(ids, found)


def candidate_items(ids: IdPreprocessing, items: Sequence[Any] | None) -> Tensor:
    """Return the codes of the items to choose from, sorted: (J,). Raises UserError if none is known.

    Warns of unknown items, or raises UserError if they are refused.
    """
    if items is None:
        return torch.arange(1, ids.sizes[1])
    if isinstance(items, str) or not len(items):
        raise UserError(f"items is {items!r}; it takes a list of ids")
    texts = ids_to_text(pd.Series(list(items)))
    codes = ids.numbers(1, texts)
    unknown = texts[codes == 0]
    if len(unknown):
        message = f"item '{unknown[0]}' is not in the training data"
        if ids.unseen == "refuse" or not codes.any():
            raise UserError(f"{message}{did_you_mean(unknown[0], ids.ids[1])}")
        left_out = "it is" if len(unknown) == 1 else f"{len(unknown)} such items are"
        warnings.warn(f"{message}; {left_out} left out", DataWarning, stacklevel=3)
    return torch.from_numpy(np.unique(codes[codes > 0]))


def top_items(
    users: Sequence[User], scores: Tensor, items: Tensor, n: int, include_rated: bool
) -> Iterator[Recommendation]:
    """Yield the n best items of each user, equal ones in order of their codes.

    scores: (B, J) of the items (J,), whose codes are sorted. Raises UserError for a score that is not finite.
    """
    if not scores.isfinite().all():
        raise UserError("the network predicts ratings that are not finite; did its training diverge?")
    if not include_rated:
        scores = scores.clone()
        for row, user in zip(scores, users, strict=True):
            row[torch.isin(items, torch.from_numpy(user.items))] = float("-inf")
    values, order = (each[:, :n] for each in scores.sort(descending=True, stable=True))
    for user, best, codes in zip(users, values.tolist(), items[order].tolist(), strict=True):
        rows = [(code, value) for code, value in zip(codes, best, strict=True) if value != float("-inf")]
        if not rows:
            warnings.warn(
                f"user '{user.name}' has rated all items to choose from; include_rated=true includes them",
                DataWarning,
                stacklevel=3,
            )
        for rank, (code, value) in enumerate(rows, 1):
            yield user, rank, code, value


def as_arrays(ids: IdPreprocessing, found: Sequence[Recommendation]) -> Predictions:
    """Return recommendations as arrays (N,), those of ids under the names of their columns."""
    user, item = ids.columns if ids.header else ids.names
    names = {user: [each.name for each, *_ in found], item: [ids.ids[1][code - 1] for _, _, code, _ in found]}
    named = identifiers(Inputs(torch.zeros(len(found), 0), None, names), set(KEYS))
    first, second = named
    every: Predictions = {key: values.astype(np.str_) for key, values in named.items()}
    every["rank"] = np.array([rank for _, rank, *_ in found], dtype=np.int64)
    every["basis"] = np.array([each.basis for each, *_ in found], dtype=np.str_)
    every["prediction"] = np.array([value for *_, value in found], dtype=np.float64)
    if ids.titles:
        every["title"] = np.array([ids.titles[code - 1] for _, _, code, _ in found], dtype=np.str_)
    return {key: every[key] for key in (first, "rank", second, *KEYS[1:]) if key in every}
