"""Fold-in: the parameters of a new user by least squares, with those of the items fixed.

Shapes: I items, K parameters of a user, k ratings of a user.
"""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import numpy as np
import torch
from torch import Tensor

from ...config.instantiate import instantiate
from ...errors import UserError
from ...layers.embeddings.ids import IdEmbedding
from ...losses.regression.squared import Squared
from ...runs.ratings import KnownRatings
from ...tasks.penalties import ActivationPenalty, WeightPenalty
from ...tasks.penalties.activation import NORMS
from ..trained import Trained
from .users import User

SMALLEST = 1e-12  # mean square of parameters


@runtime_checkable
class LinearInUser(Protocol):
    """A network whose ratings are linear in the parameters of a user, for fixed items."""

    def user_embeddings(self) -> list[IdEmbedding]:
        """Return the embeddings of users, whose features are the K parameters in their order; none if not linear."""

    def user_terms(self, items: Tensor) -> tuple[Tensor, Tensor]:
        """Return a (I,) and F (I, K) such that a user with the parameters w rates the items a + F w."""


class UserFolding:
    """Computes the parameters w of users from their ratings r: min_w |r - a - F w|^2 + sum_j p_j w_j^2.

    p is the penalty of the run: weight penalties (l2) of `weight` give p = N weight / 2, since their term is added to
    the mean loss of N training ratings; activation penalties (l2) give p = k weight for a user with k ratings. Without
    such penalties, p = s / t: the mean squared error of the training ratings over the mean square of the parameters of
    the trained users, for vectors and biases each, which is the posterior mode for a normal prior.
    Raises UserError for networks that are not linear in a user's parameters, and for other losses.
    """

    def __init__(self, net: Trained, known: KnownRatings, items: int) -> None:
        model, loss = net.model, net.head.loss
        self.embeddings = model.user_embeddings() if isinstance(model, LinearInUser) else []
        if not isinstance(model, LinearInUser) or not self.embeddings or not isinstance(loss, Squared):
            reason = (
                f"its loss is {type(loss).__name__}, not Squared"
                if self.embeddings
                else f"{type(model).__name__} is not linear in the parameters of a user"
            )
            raise UserError(f"this network cannot use the ratings of a table: {reason}; data.layout=rows reads them")
        self.net = net
        with torch.no_grad():
            offset, features = model.user_terms(torch.arange(1, items + 1))
        self.offset, self.features = offset.double(), features.double()
        self.constant, self.per_rating = penalties_of_run(net, self.embeddings, len(known.values))
        if not (self.constant.any() or self.per_rating.any()):
            self.constant = self.default_penalty(known)

    def default_penalty(self, known: KnownRatings) -> Tensor:
        """Return the training error over the mean square of the parameters of the trained users: (K,)."""
        users, items = torch.from_numpy(known.pairs.astype(np.int64)).T - 1
        weights = [embedding.weight.detach().double() for embedding in self.embeddings]
        predicted = self.offset[items] + (torch.cat(weights, 1)[users] * self.features[items]).sum(1)
        error = (scaled(self.net, known.values) - predicted).square().mean()
        squares = torch.cat([each.square().mean().expand(each.shape[1]) for each in weights])
        return (error / squares.clamp(min=SMALLEST)).clamp(max=1 / SMALLEST)

    def parameters(self, users: Sequence[User]) -> Tensor:
        """Return the parameters of users, (B, K) float64; all 0 without ratings."""
        size = self.features.shape[1]
        normal = torch.empty(len(users), size, size, dtype=torch.float64)
        right = torch.empty(len(users), size, dtype=torch.float64)
        for place, user in enumerate(users):
            items = torch.from_numpy(user.items) - 1
            rated = self.features[items]
            normal[place] = rated.T @ rated + torch.diag(self.constant + len(items) * self.per_rating)
            right[place] = rated.T @ (scaled(self.net, user.values) - self.offset[items])
        return (torch.linalg.pinv(normal, hermitian=True) @ right[..., None])[..., 0]  # singular without a penalty

    def scores(self, users: Sequence[User], items: Tensor) -> Tensor:
        """Return the predicted ratings of items by users in the units of the data: (B, I)."""
        outputs = self.offset[items - 1] + self.parameters(users) @ self.features[items - 1].T
        spec = self.net.spec
        return outputs * spec.target_scale[0] + spec.target_mean[0] if spec.target_scale else outputs


def penalties_of_run(net: Trained, embeddings: Sequence[IdEmbedding], ratings: int) -> tuple[Tensor, Tensor]:
    """Return the quadratic penalties of a user's parameters, (K,) each: a constant, and a factor of their ratings."""
    constant, per_rating = torch.zeros(2, len(embeddings), dtype=torch.float64)
    for node in filter(None, net.config["penalties"].values()):
        penalty = instantiate(node, allow=net.config["allow"])
        penalty.bind(net.network, net.spec)
        for place, embedding in enumerate(embeddings):
            if isinstance(penalty, WeightPenalty) and penalty.norm == "l2":
                constant[place] += any(w is embedding.weight for w in penalty.weights) * ratings * penalty.weight / 2
            if isinstance(penalty, ActivationPenalty) and penalty.norm is NORMS["l2"]:
                per_rating[place] += (embedding in penalty.penalized_layers) * penalty.weight
    widths = torch.tensor([embedding.weight.shape[1] for embedding in embeddings])
    return constant.repeat_interleave(widths), per_rating.repeat_interleave(widths)


def scaled(net: Trained, ratings: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> Tensor:
    """Return ratings as targets of the network, float64."""
    values = torch.from_numpy(ratings).double()
    if not net.spec.target_scale:
        return values
    return (values - net.spec.target_mean[0]) / net.spec.target_scale[0]
