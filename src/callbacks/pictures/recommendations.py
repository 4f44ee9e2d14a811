"""Recommendations of items to users, beside what the users have rated in training.

Shapes: I items of the training data.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from matplotlib.figure import Figure
from numpy.typing import NDArray
from torch import Tensor

from ...figures.values.recommendations import UserList, plot_recommendations
from ...runs.directory import RunDirectory
from ...runs.ratings import KnownRatings
from .base import Picture
from .examples import Examples

USERS, ITEMS = 4, 5  # maximum numbers in a figure


class UserRow(NamedTuple):
    """A user with predictions.

    name: id; rated: codes of the rated items with their ratings; predicted, true: ratings of all items (I,), NaN if
    unknown.
    """

    name: str
    rated: tuple[NDArray[np.int64], NDArray[np.float64]]
    predicted: Tensor
    true: Tensor


def recommends(examples: Examples) -> bool:
    """Return whether the network predicts ratings of items by users, and the run has its training ratings.

    Labels of implicit feedback are no ratings.
    """
    spec, fitted = examples.spec, recorded(examples)
    if not ratings_file(examples).is_file() or spec.target not in ("real", "input"):
        return False
    if fitted.get("kind") == "ids":
        return bool((examples.loader.split.x[:, 0] > 0).any())
    return fitted.get("kind") == "rating_rows" and fitted["axis"] == 0 and not fitted["implicit"]


def draw_recommendations(examples: Examples) -> Figure:
    """Draw the lists of the users with most held-out ratings."""
    known = KnownRatings.read(ratings_file(examples))
    ids = known.table["ids"]
    items = [title or item for item, title in zip(ids["ids"][1], ids["titles"] or ids["ids"][1], strict=True)]
    lists = []
    for user in pairs_by_user(examples, known) if examples.spec.shape == (2,) else rows_by_user(examples, known):
        rated, ratings = user.rated
        best = np.argsort(-ratings, kind="stable")[:ITEMS]
        predicted = user.predicted.index_fill(0, torch.from_numpy(rated) - 1, float("-inf"))
        order = predicted.argsort(descending=True, stable=True)[: min(ITEMS, len(items) - len(rated))].tolist()
        lists.append(
            UserList(
                user.name,
                [(items[rated[k] - 1], float(ratings[k])) for k in best],
                [(items[k], float(predicted[k]), float(user.true[k])) for k in order],
            )
        )
    return plot_recommendations(lists)


def pairs_by_user(examples: Examples, known: KnownRatings) -> Iterator[UserRow]:
    """Yield the users with most examples, of a network that reads pairs of user and item."""
    names, items = known.table["ids"]["ids"]
    pairs = examples.loader.split.x.cpu()
    ratings = examples.predicted[1][:, 0].float()
    counts = pairs[:, 0].bincount()
    counts[0] = 0
    for user in counts.argsort(descending=True, stable=True)[: min(USERS, int((counts > 0).sum()))].tolist():
        grid = torch.cartesian_prod(torch.tensor([user]), torch.arange(1, len(items) + 1))
        predicted = examples.predict(grid.to(examples.task.device))[:, 0].cpu().float()
        of_user = (pairs[:, 0] == user) & (pairs[:, 1] > 0)
        true = torch.full_like(predicted, float("nan"))
        true[pairs[of_user, 1] - 1] = ratings[of_user]
        yield UserRow(names[user - 1], known.of_user(user), predicted, true)


def rows_by_user(examples: Examples, known: KnownRatings) -> Iterator[UserRow]:
    """Yield the users with most known targets, of a network that predicts the ratings of all items at once."""
    names = known.table["ids"]["ids"][0]
    predicted, true = (each.float() for each in examples.predicted)
    inputs = examples.loader.split.x.cpu()
    counts = (~true.isnan()).sum(1)
    counts[(inputs == 0).all(1)] = 0  # nothing is known of these users
    order = counts.argsort(descending=True, stable=True)[: min(USERS, int((counts > 0).sum()))].tolist()
    if examples.spec.input == "ids":
        for row in order:
            user = int(inputs[row, 0])
            yield UserRow(names[user - 1], known.of_user(user), predicted[row], true[row])
        return
    users: dict[bytes, list[int]] = {}
    for code in range(1, len(names) + 1):
        users.setdefault(content(*known.of_user(code)), []).append(code)
    for row in order:
        rated = np.flatnonzero(inputs[row]) + 1
        ratings = inputs[row, rated - 1].double().numpy()
        same = users.get(content(rated, ratings), [])
        if len(same) == 1:
            yield UserRow(names[same[0] - 1], known.of_user(same[0]), predicted[row], true[row])
        else:
            name = f"{names[same[0] - 1]} or {len(same) - 1} more" if same else "not in training"
            yield UserRow(name, (rated, ratings), predicted[row], true[row])


def content(items: NDArray[np.int64], ratings: NDArray[np.float64]) -> bytes:
    """Return the content of a user's row, which has no ratings of 0: codes of items (k,) and ratings (k,)."""
    order = items[ratings != 0].argsort()
    return items[ratings != 0][order].tobytes() + ratings[ratings != 0][order].astype(np.float32).tobytes()


def ratings_file(examples: Examples) -> Path:
    """Return the path of the run's training ratings."""
    return RunDirectory(Path(examples.trainer.default_root_dir)).ratings_file


def recorded(examples: Examples) -> dict[str, Any]:
    """Return the preprocessing of the data as plain data, empty if it is not recorded."""
    found: dict[str, Any] = examples.task.record()["preprocessing"] if examples.task.record is not None else {}
    return found


RECOMMENDATIONS = Picture("recommendations", recommends, draw_recommendations)
