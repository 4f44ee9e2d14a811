"""Predicted ratings of items by users, for each form of the network's input.

Shapes: B users, U users and I items of the training data, J items to choose from, N examples, D targets.
"""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor

from ...errors import UserError
from ...preprocessing.base import Inputs
from ...preprocessing.rating_rows import RatingRowsPreprocessing
from ...runs.ratings import KnownRatings
from ..trained import Trained
from .fold_in import UserFolding
from .users import User

Scores = Callable[[Sequence[User], Tensor], Tensor]
"""A function from users and codes of items (J,) to predicted ratings in the units of the data: (B, J)."""


def scores_of(net: Trained, known: KnownRatings, items: int) -> Scores:
    """Return the scores of a network. items: I, the number of items."""
    fitted = net.preprocessing
    if isinstance(fitted, RatingRowsPreprocessing):
        return RowScores(net) if fitted.axis == 0 else ItemScores(net, known, items)
    return IdScores(net, known, items)


class IdScores:
    """Scores by a network that reads ids of users, or pairs of user and item. Users of a table are folded in."""

    def __init__(self, net: Trained, known: KnownRatings, items: int) -> None:
        self.net = net
        self.known = known
        self.items = items
        self.folding: UserFolding | None = None

    def __call__(self, users: Sequence[User], items: Tensor) -> Tensor:
        """Return the predicted ratings of items by users; unknown users have the id 0."""
        if users[0].given:
            self.folding = self.folding or UserFolding(self.net, self.known, self.items)
            return self.folding.scores(users, items)
        codes = torch.tensor([user.code for user in users])
        if self.net.spec.shape == (1,):
            return predictions(self.net, codes[:, None])[:, items - 1]
        return predictions(self.net, torch.cartesian_prod(codes, items)).view(len(users), len(items))


class RowScores:
    """Scores by a network that reads the known ratings of a user as a row of all items, with 0 for unknown ratings."""

    def __init__(self, net: Trained) -> None:
        self.net = net

    def __call__(self, users: Sequence[User], items: Tensor) -> Tensor:
        """Return the predicted ratings of items by users."""
        x = torch.zeros(len(users), *self.net.spec.shape)
        for row, user in zip(x, users, strict=True):
            row[torch.from_numpy(user.items) - 1] = torch.from_numpy(user.values.astype(np.float32))
        return predictions(self.net, x)[:, items - 1]


class ItemScores:
    """Scores by a network that reads the known ratings of an item as a row of all users.

    The predictions for an unknown user are the means over all users. Raises UserError for users of a table.
    """

    def __init__(self, net: Trained, known: KnownRatings, items: int) -> None:
        x = torch.zeros(items, *net.spec.shape)
        places = torch.from_numpy(known.pairs.astype(np.int64)) - 1
        x[places[:, 1], places[:, 0]] = torch.from_numpy(known.values).float()
        self.net = net
        self.x = x
        self.predicted: Tensor | None = None

    def __call__(self, users: Sequence[User], items: Tensor) -> Tensor:
        """Return the predicted ratings of items by users."""
        if users[0].given:
            raise UserError(
                "this network reads the ratings of items by the users of the training data and cannot use those of a "
                "table; data.layout=rows reads them"
            )
        if self.predicted is None:
            found = predictions(self.net, self.x).T
            self.predicted = torch.cat([found.mean(0, keepdim=True), found])  # (1 + U, I)
        codes = torch.tensor([user.code for user in users])
        return self.predicted[codes][:, items - 1]


def predictions(net: Trained, x: Tensor) -> Tensor:
    """Return the predictions for preprocessed inputs, computed as by `predict`; of labels, their probabilities: (N, D).

    Raises UserError if the loss gives no probabilities.
    """
    is_label = net.spec.target == "multilabel"
    (found,) = net.predict_chunks(iter([Inputs(x, None, {})]), probabilities=is_label)
    values = found["probabilities" if is_label else "prediction"]
    return torch.from_numpy(values.reshape(len(x), -1)).double()
