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
from ...preprocessing.base import Inputs
from ...preprocessing.ids import IdPreprocessing, ids_to_text
from ...preprocessing.rating_rows import RatingRowsPreprocessing
from ...runs.ratings import KnownRatings
from ...training.isolation import own_settings
from ..arguments import whole_number
from ..load import load
from ..trained import MAX_NUMBERS, Predictions, Trained, identifiers
from .scores import PairScores, RowScores, Scores
from .users import User, users_of_ids, users_of_table

KEYS = ("rank", "title", "basis", "prediction")


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
    depends on; "prediction": in the units of the ratings, as by `predict`. which, allow: see `load`.
    Raises UserError for networks that do not predict ratings, and for unsuitable users, ratings or items.
    """
    net = load(source, which=which, allow=allow)
    return recommend_by(net, users, n, ratings=ratings, items=items, include_rated=include_rated)


def recommend_by(
    net: Trained,
    users: Any = None,
    n: int = 10,
    *,
    ratings: Any = None,
    items: Sequence[Any] | None = None,
    include_rated: bool = False,
) -> Predictions:
    """Return recommendations by a trained network; see `recommend`."""
    fitted, ids = net.preprocessing, ids_of(net)
    if (users is None) == (ratings is None):
        raise UserError(f"give users or ratings{', not both' if users is not None else ''}")
    n = whole_number("n", n, least=1)
    if net.run is None:
        raise UserError("the training ratings are in the directory of the run; load the run, not a copied checkpoint")
    known = KnownRatings.read(net.run.ratings_file)
    candidates = candidate_items(ids, items)
    if users is not None:
        several = [users] if isinstance(users, str) or np.ndim(users) == 0 else users
        wanted = users_of_ids(ids, known, several)
    else:
        rows = fitted if isinstance(fitted, RatingRowsPreprocessing) else table_of_ratings(ids, known)
        wanted = users_of_table(rows, known, ratings)
    if not wanted:
        raise UserError("there are no users")
    scores: Scores = PairScores(net, known) if isinstance(fitted, IdPreprocessing) else RowScores(net)
    found: list[tuple[User, int, int, float]] = []
    size = max(1, MAX_NUMBERS // max(len(candidates), len(ids.ids[1])))
    with own_settings():
        for begin in range(0, len(wanted), size):
            some = wanted[begin : begin + size]
            found += top_items(some, scores(some, candidates), candidates, n, include_rated)
    return as_arrays(ids, found)


def ids_of(net: Trained) -> IdPreprocessing:
    """Return the ids of users and items. Raises UserError for networks that do not predict ratings."""
    fitted = net.preprocessing
    if isinstance(fitted, IdPreprocessing):
        return fitted
    if isinstance(fitted, RatingRowsPreprocessing):
        return fitted.ids
    raise UserError(
        f"{type(net.model).__name__} does not predict ratings; recommendations are for networks trained on ratings, "
        "with data=movielens or data=ratings for example"
    )


def table_of_ratings(ids: IdPreprocessing, known: KnownRatings) -> RatingRowsPreprocessing:
    """Return the preprocessing of tables of ratings for a network that reads pairs."""
    low, high = float(known.values.min()), float(known.values.max())
    return RatingRowsPreprocessing(ids=ids, rating=ids.rating, missing=ids.missing, low=low, high=high)


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
    if (codes == 0).any():
        first = texts[int((codes == 0).argmax())]
        count = int((codes == 0).sum())
        message = f"item '{first}' is not in the training data"
        if ids.unseen == "refuse" or not codes.any():
            raise UserError(f"{message}{did_you_mean(first, ids.ids[1])}")
        left_out = "it is" if count == 1 else f"{count} such items are"
        warnings.warn(f"{message}; {left_out} left out", DataWarning, stacklevel=3)
    return torch.from_numpy(np.unique(codes[codes > 0]))


def top_items(
    users: Sequence[User], scores: Tensor, items: Tensor, n: int, include_rated: bool
) -> Iterator[tuple[User, int, int, float]]:
    """Yield user, rank, code of the item and score of the n best items of each user, equal ones in order of their code.

    scores: (B, J). Raises UserError for a score that is not finite.
    """
    if not scores.isfinite().all():
        raise UserError("the network predicts ratings that are not finite; did its training diverge?")
    if not include_rated:
        places = torch.full((int(items.max()) + 1,), -1)
        places[items] = torch.arange(len(items))
        for row, user in zip(scores, users, strict=True):
            rated = torch.from_numpy(user.items)
            rated = places[rated[rated < len(places)]]
            row[rated[rated >= 0]] = float("-inf")
    best = scores.sort(descending=True, stable=True)
    for user, values, order in zip(
        users, best.values[:, :n].tolist(), items[best.indices[:, :n]].tolist(), strict=True
    ):
        rows = [row for row in zip(order, values, strict=True) if row[1] != float("-inf")]
        if not rows:
            warnings.warn(
                f"user '{user.name}' has rated all items to choose from; include_rated=true includes them",
                DataWarning,
                stacklevel=3,
            )
        for rank, (item, value) in enumerate(rows, 1):
            yield user, rank, item, value


def as_arrays(ids: IdPreprocessing, found: Sequence[tuple[User, int, int, float]]) -> Predictions:
    """Return recommendations as arrays, under the names of the columns."""
    user, item = ids.columns if ids.header else ids.names
    names = {user: [each.name for each, *_ in found], item: [ids.ids[1][code - 1] for _, _, code, _ in found]}
    named = identifiers(Inputs(torch.zeros(len(found), 0), None, names), set(KEYS))
    made: Predictions = {
        "rank": np.array([rank for _, rank, *_ in found], dtype=np.int64),
        "basis": np.array([each.basis for each, *_ in found], dtype=np.str_),
        "prediction": np.array([value for *_, value in found], dtype=np.float64),
    }
    if ids.titles:
        made["title"] = np.array([ids.titles[code - 1] for _, _, code, _ in found], dtype=np.str_)
    first, second = named
    every = {key: values.astype(np.str_) for key, values in named.items()} | made
    return {key: every[key] for key in (first, "rank", second, *KEYS[1:]) if key in every}
