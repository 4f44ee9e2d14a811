"""Users who are folded in, against closed forms."""

from dataclasses import replace
from pathlib import Path

import nnzoo
import numpy as np
import pytest
import torch
from nnzoo.errors import UserError
from nnzoo.inference.recommendations.fold_in import UserFolding, scaled
from nnzoo.inference.recommendations.users import User, users_of_ids
from nnzoo.inference.trained import Trained
from nnzoo.losses.regression.absolute import Absolute
from nnzoo.runs.ratings import KnownRatings
from sklearn.linear_model import Ridge

from tests.inference.small_runs import train
from tests.support.optima import minimize

from .conftest import FACTORS, SETTINGS

ITEMS = np.array([2, 5, 1, 7])
VALUES = np.array([45.0, 61.0, 52.5, 50.0])


def fitted(run: Path) -> tuple[Trained, KnownRatings, UserFolding]:
    net = nnzoo.load(run)
    known = KnownRatings.read(run / "ratings.npz")
    return net, known, UserFolding(net, known, net.spec.sizes[1] - 1)


def ridge(net: Trained, penalty: float) -> "tuple[np.ndarray, np.ndarray]":
    """Return the parameters of a user with ITEMS and VALUES by scikit-learn, and the predictions for all items."""
    weights = {name: value.double().numpy() for name, value in net.model.state_dict().items()}
    mean, scale = net.spec.target_mean[0], net.spec.target_scale[0]
    features = np.c_[weights["item_vectors.weight"], np.ones(len(weights["item_biases.weight"]))]
    offset = weights["mean"] + weights["item_biases.weight"][:, 0]
    wanted = (VALUES - mean) / scale - offset[ITEMS - 1]
    w = Ridge(alpha=penalty, fit_intercept=False, tol=1e-12).fit(features[ITEMS - 1], wanted).coef_
    return w, mean + scale * (offset + features @ w)


def test_equals_the_closed_form(pairs: Path) -> None:
    net, known, fold_in = fitted(pairs)
    user = User("new", 0, ITEMS, VALUES, given=True)
    w, predictions = ridge(net, 0.02 * len(known.values) / 2)  # the weight of `penalties=weights`
    np.testing.assert_allclose(fold_in.parameters([user])[0], w, rtol=1e-6)
    found = fold_in.scores([user], torch.arange(1, len(predictions) + 1))[0]
    np.testing.assert_allclose(found, predictions, rtol=1e-6)
    items = net.preprocessing.ids[1]  # type: ignore[attr-defined]
    recommended = net.recommend(
        ratings={"who": ["new"] * 4, "film": [items[k - 1] for k in ITEMS], "stars": VALUES}, n=1
    )
    rest = np.setdiff1d(np.arange(len(items)), ITEMS - 1)
    assert recommended["film"].tolist() == [items[rest[predictions[rest].argmax()]]]
    assert recommended["prediction"][0] == pytest.approx(predictions[rest].max())


def test_at_the_optimum_of_training_the_trained_parameters_return(pairs: Path) -> None:
    """All parameters minimize loss plus penalty; then each user's training ratings give the user's own parameters."""
    net, known, _ = fitted(pairs)
    model = net.model.double()
    places = torch.from_numpy(known.pairs.astype(np.int64))
    targets = (torch.from_numpy(known.values) - net.spec.target_mean[0]) / net.spec.target_scale[0]

    def objective() -> torch.Tensor:
        squares = sum(p.square().sum() for p in model.parameters() if p.ndim > 1)
        return (model(places)[:, 0] - targets).square().mean() + 0.02 / 2 * squares

    minimize(objective, model.parameters(), max_iter=500)
    users = users_of_ids(net.preprocessing, known, net.preprocessing.ids[0])  # type: ignore[arg-type, attr-defined]
    items = torch.arange(1, net.spec.sizes[1])
    trained = net.network(torch.cartesian_prod(torch.arange(1, len(users) + 1), items)).detach()
    expected = net.spec.in_units(trained).view(len(users), -1)
    found = UserFolding(net, known, net.spec.sizes[1] - 1).scores(users, items)
    assert expected.std() > 1
    torch.testing.assert_close(found, expected, atol=1e-3, rtol=0)


def test_penalty_of_rated_vectors(table: Path) -> None:
    """With k ratings the vector has the penalty k weight, and the bias none."""
    run = train(
        table.parent, *SETTINGS, *FACTORS, "penalties=activation", "penalties.activation.norm=l2",
        "penalties.activation.layers='*_vectors'", "penalties.activation.weight=0.1", f"data.path='{table}'",
    )  # fmt: skip
    net, _, fold_in = fitted(run)
    assert fold_in.per_rating.tolist() == [0.1] * 3 + [0]
    assert not fold_in.constant.any()
    users = [User("new", 0, ITEMS[:k], VALUES[:k], given=True) for k in (4, 2)]
    for user, found in zip(users, fold_in.parameters(users), strict=True):
        penalty = np.sqrt(0.1 * len(user.items)) * np.eye(4)[:3]  # as further equations
        wanted = (user.values - net.spec.target_mean[0]) / net.spec.target_scale[0] - fold_in.offset[
            user.items - 1
        ].numpy()
        equations = np.r_[fold_in.features[user.items - 1], penalty], np.r_[wanted, np.zeros(3)]
        np.testing.assert_allclose(found, np.linalg.lstsq(*equations)[0], rtol=1e-6)


def test_targets_that_are_not_scaled(pairs: Path) -> None:
    net, _, fold_in = fitted(pairs)
    mean, scale = net.spec.target_mean[0], net.spec.target_scale[0]
    assert scaled(net, VALUES).tolist() == pytest.approx([(value - mean) / scale for value in VALUES])
    net.spec = replace(net.spec, target_mean=(), target_scale=())
    assert scaled(net, VALUES).tolist() == VALUES.tolist()
    user = User("new", 0, ITEMS, VALUES, given=True)
    every = torch.arange(1, len(fold_in.offset) + 1)
    expected = fold_in.offset + fold_in.features @ fold_in.parameters([user])[0]
    torch.testing.assert_close(fold_in.scores([user], every)[0], expected)


def test_without_ratings_all_parameters_are_0(pairs: Path) -> None:
    _, _, fold_in = fitted(pairs)
    nobody = User("new", 0, np.zeros(0, np.int64), np.zeros(0), given=True)
    assert fold_in.parameters([nobody]).tolist() == [[0.0] * 4]


def test_default_penalty_is_error_over_variance(table: Path) -> None:
    run = train(table.parent, *SETTINGS, *FACTORS, f"data.path='{table}'")
    net, known, fold_in = fitted(run)
    users, items = known.pairs.T - 1
    weights = {name: value.double().numpy() for name, value in net.model.state_dict().items()}
    predicted = (weights["user_vectors.weight"][users] * weights["item_vectors.weight"][items]).sum(1)
    predicted += (weights["mean"] + weights["user_biases.weight"][users] + weights["item_biases.weight"][items])[:, 0]
    error = ((known.values - net.spec.target_mean[0]) / net.spec.target_scale[0] - predicted) ** 2
    expected = [error.mean() / (weights[f"user_{name}.weight"] ** 2).mean() for name in ("vectors", "biases")]
    assert fold_in.constant.tolist() == pytest.approx([expected[0]] * 3 + [expected[1]], rel=1e-4)


def test_only_squared_loss_and_linear_networks(pairs: Path) -> None:
    net, known, _ = fitted(pairs)
    net.head.loss = Absolute()
    with pytest.raises(UserError, match=r"its loss is Absolute, not Squared; data\.layout=rows reads them$"):
        UserFolding(net, known, net.spec.sizes[1] - 1)
    net.network.model = torch.nn.Linear(2, 1)
    with pytest.raises(UserError, match="Linear is not linear in the parameters of a user"):
        UserFolding(net, known, net.spec.sizes[1] - 1)
