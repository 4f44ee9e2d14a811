"""Pictures of networks that rate items for users."""

import torch
from matplotlib.figure import Figure
from torch import Tensor

from ...figures.values.ratings import plot_ratings
from .base import Picture
from .examples import Examples

USERS, ITEMS = 15, 12  # drawn at most


def has_ratings(examples: Examples) -> bool:
    """Tell whether pairs of ids have a real target."""
    spec = examples.spec
    return spec.form == "ids" and len(spec.sizes) == 2 and spec.target == "real" and spec.target_size == 1


def draw_ratings(examples: Examples) -> Figure:
    """Draw predictions for the users and items with most examples, and what is known of them."""
    pairs = examples.loader.split.x.cpu()
    users = most_frequent(pairs[:, 0], USERS)
    items = most_frequent(pairs[torch.isin(pairs[:, 0], users), 1], ITEMS)
    grid = torch.cartesian_prod(users, items).to(examples.loader.split.x.device)
    predicted = examples.predict(grid).view(len(users), len(items))
    drawn = torch.isin(pairs[:, 0], users) & torch.isin(pairs[:, 1], items)
    row, column = torch.searchsorted(users, pairs[drawn, 0]), torch.searchsorted(items, pairs[drawn, 1])
    known = torch.full(predicted.shape, float("nan"))
    known[row, column] = examples.predicted[1][drawn, 0].float()
    return plot_ratings(predicted, known, *(names(examples, k, ids) for k, ids in enumerate((users, items))))


def most_frequent(ids: Tensor, most: int) -> Tensor:
    """Return the most frequent ids but 0, in their order."""
    counts = ids.bincount()
    counts[0] = 0
    return counts.argsort(descending=True, stable=True)[: min(most, int((counts > 0).sum()))].sort().values


def names(examples: Examples, column: int, ids: Tensor) -> list[str]:
    """Return what the user calls ids: as the data numbered them, else their numbers."""
    recorded = examples.task.record()["preprocessing"] if examples.task.record is not None else {}
    if recorded.get("kind") != "ids":
        return [str(number) for number in ids.tolist()]
    return [str(recorded["ids"][column][number - 1]) for number in ids.tolist()]


RATINGS = Picture("ratings", has_ratings, draw_ratings)
