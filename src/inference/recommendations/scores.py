"""Predicted ratings of items by users.

Shapes: B users, I items of the training data, J items to choose from.
"""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor

from ...preprocessing.base import Inputs
from ...runs.ratings import KnownRatings
from ..trained import Trained
from .fold_in import UserFolding
from .users import User

Scores = Callable[[Sequence[User], Tensor], Tensor]


class PairScores:
    """Scores by a network that reads pairs of user and item. Users of a table of ratings are folded in."""

    def __init__(self, net: Trained, known: KnownRatings) -> None:
        self.net = net
        self.known = known
        self.fold_in: UserFolding | None = None

    def __call__(self, users: Sequence[User], items: Tensor) -> Tensor:
        """Return the predicted ratings of items, given as codes (J,), in the units of the data: (B, J)."""
        if users[0].given:
            self.fold_in = self.fold_in or UserFolding(self.net, self.known)
            return self.fold_in.scores(users, items)
        codes = torch.tensor([user.code for user in users])
        return predictions(self.net, torch.cartesian_prod(codes, items)).view(len(users), len(items))


class RowScores:
    """Scores by a network that reads the known ratings of a user as a row of all items, with 0 for unknown ratings."""

    def __init__(self, net: Trained) -> None:
        self.net = net

    def __call__(self, users: Sequence[User], items: Tensor) -> Tensor:
        """Return the predicted ratings of items, given as codes (J,), in the units of the data: (B, J)."""
        x = torch.zeros(len(users), *self.net.spec.shape)
        for row, user in zip(x, users, strict=True):
            row[torch.from_numpy(user.items) - 1] = torch.from_numpy(user.values.astype(np.float32))
        return predictions(self.net, x)[:, items - 1]


def predictions(net: Trained, x: Tensor) -> Tensor:
    """Return the predictions for preprocessed inputs, computed as by `predict`: (N, D)."""
    (found,) = net.predict_chunks(iter([Inputs(x, None, {})]), probabilities=False)
    return torch.from_numpy(found["prediction"].reshape(len(x), -1)).double()
