"""Pictures of networks that predict ratings of items by users."""

import torch
from matplotlib.figure import Figure
from torch import Tensor

from ...figures.values.ratings import plot_ratings
from .base import Picture
from .examples import Examples

USERS, ITEMS = 15, 12  # maximum numbers in a figure


def has_ratings(examples: Examples) -> bool:
    """Return whether the inputs are pairs of ids with one real target."""
    spec = examples.spec
    return spec.form == "ids" and len(spec.sizes) == 2 and spec.target == "real" and spec.target_size == 1


def draw_ratings(examples: Examples) -> Figure:
    """Draw the predicted and the true ratings of the users and items with most examples."""
    pairs = examples.loader.split.x.cpu()
    users = most_frequent(pairs[:, 0], USERS)
    items = most_frequent(pairs[torch.isin(pairs[:, 0], users), 1], ITEMS)
    grid = torch.cartesian_prod(users, items).to(examples.task.device)
    predicted = examples.predict(grid).view(len(users), len(items))
    drawn = torch.isin(pairs[:, 0], users) & torch.isin(pairs[:, 1], items)
    row, column = torch.searchsorted(users, pairs[drawn, 0]), torch.searchsorted(items, pairs[drawn, 1])
    known = torch.full(predicted.shape, float("nan"))
    known[row, column] = examples.predicted[1][drawn, 0].float()
    return plot_ratings(predicted, known, *(id_names(examples, k, ids) for k, ids in enumerate((users, items))))


def most_frequent(ids: Tensor, most: int) -> Tensor:
    """Return the most frequent ids except 0, sorted by id."""
    counts = ids.bincount()
    counts[0] = 0
    return counts.argsort(descending=True, stable=True)[: min(most, int((counts > 0).sum()))].sort().values


def id_names(examples: Examples, column: int, ids: Tensor) -> list[str]:
    """Return the user's names of ids if the data has them, else their numbers."""
    recorded = examples.task.record()["preprocessing"] if examples.task.record is not None else {}
    if recorded.get("kind") != "ids":
        return [str(number) for number in ids.tolist()]
    return [str(recorded["ids"][column][number - 1]) for number in ids.tolist()]


RATINGS = Picture("ratings", has_ratings, draw_ratings)
