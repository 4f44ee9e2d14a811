"""Recommendations by networks that read indices of users, ratings of items, and implicit feedback."""

from pathlib import Path

import nnzoo
import numpy as np
import pandas as pd
import pytest
import torch
from nnzoo.errors import DataWarning, UserError
from nnzoo.inference.recommendations.fold_in import UserFolding
from nnzoo.inference.recommendations.users import User
from nnzoo.inference.trained import Trained
from nnzoo.runs.ratings import KnownRatings
from sklearn.linear_model import Ridge
from torch import Tensor

from tests.inference.small_runs import train

from .conftest import FRAME, SETTINGS

NEW = pd.DataFrame({"who": ["me"] * 3, "film": ["film 1", "film 4", "film 6"], "stars": [55, 48, 60.5]})


def trained(folder: Path, table: Path, *settings: str) -> tuple[Trained, KnownRatings]:
    run = train(folder, *SETTINGS, *settings, "trainer.max_epochs=3", f"data.path='{table}'")
    return nnzoo.load(run), KnownRatings.read(run / "ratings.npz")


def training_table(known: KnownRatings) -> Tensor:
    """Return the training ratings by user and item, 0 where unknown."""
    found = torch.zeros(tuple(known.pairs.max(0)))
    found[tuple(torch.from_numpy(known.pairs.astype(np.int64)).T - 1)] = torch.from_numpy(known.values).float()
    return found


def check(net: Trained, known: KnownRatings, scores: Tensor) -> None:
    """Compare the recommendations for user 20 with scores of all users and items, (U, I)."""
    users, items = known.table["ids"]["ids"]
    user = users.index("20")
    unrated = [item for item, value in zip(items, training_table(known)[user].tolist(), strict=True) if not value]
    predicted = dict(zip(items, scores[user].tolist(), strict=True))
    found = net.recommend(20, n=99)
    assert found["film"].tolist() == sorted(unrated, key=predicted.__getitem__, reverse=True)
    np.testing.assert_allclose(found["prediction"], [predicted[film] for film in found["film"]], rtol=1e-5)


def test_index_of_a_user(table: Path, tmp_path: Path) -> None:
    net, known = trained(tmp_path, table, "data.layout=index", "model=row_index", "penalties=weights")
    users, items = known.table["ids"]["ids"]
    found = net.predict(list(users))["prediction"]
    check(net, known, torch.from_numpy(found))
    with pytest.warns(DataWarning, match="average user"):
        average = net.recommend("nobody", n=1)
    bias = net.model.head.bias.detach().double()  # type: ignore[union-attr]
    best = int(bias.argmax())
    assert average["film"].tolist() == [items[best]]
    mean, scale = net.spec.target_mean[0], net.spec.target_scale[0]
    assert average["prediction"][0] == pytest.approx(mean + scale * float(bias[best]))


def test_users_are_folded_into_a_network_that_reads_indices(table: Path, tmp_path: Path) -> None:
    net, known = trained(tmp_path, table, "data.layout=index", "model=row_index", "penalties=weights")
    items = known.table["ids"]["ids"][1]
    mean, scale = net.spec.target_mean[0], net.spec.target_scale[0]
    weight, bias = (each.detach().double().numpy() for each in (net.model.head.weight, net.model.head.bias))  # type: ignore[union-attr]
    places = [items.index(film) for film in NEW.film]
    wanted = (NEW.stars.to_numpy() - mean) / scale - bias[places]
    penalty = 1e-4 * len(known.values) / 2
    w = Ridge(alpha=penalty, fit_intercept=False, solver="svd").fit(weight[places], wanted).coef_
    predicted = dict(zip(items, (mean + scale * (bias + weight @ w)).tolist(), strict=True))
    found = net.recommend(ratings=NEW, n=99)
    assert not set(NEW.film) & set(found["film"])
    np.testing.assert_allclose(found["prediction"], [predicted[film] for film in found["film"]], rtol=1e-6)
    user = User("new", 0, np.array([1]), np.array([50.0]), given=True)
    deep, _ = trained(tmp_path, table, "data.layout=index", "model=deep_row_index")
    with pytest.raises(UserError, match=r"RowIndex is not linear in the parameters of a user; data\.layout=rows"):
        UserFolding(deep, known, len(items)).parameters([user])


def test_ratings_of_items(table: Path, tmp_path: Path) -> None:
    net, known = trained(tmp_path, table, "data.layout=items", "model=autoencoder", "model.code=2")
    found = torch.from_numpy(net.predict(training_table(known).T.numpy())["prediction"]).T  # (U, I)
    check(net, known, found)
    with pytest.warns(DataWarning, match="average user"):
        average = net.recommend("nobody", n=1)
    assert average["prediction"][0] == pytest.approx(float(found.mean(0).max()), rel=1e-5)
    with pytest.raises(UserError, match=r"cannot use those of a table; data\.layout=rows reads them$"):
        net.recommend(ratings=NEW)


@pytest.mark.parametrize(
    "settings",
    [
        ("model=matrix_factorization",),
        ("data.layout=rows", "model=mlp"),
        ("data.layout=rows", "model=autoencoder", "loss=bce", "model.code=2"),
    ],
)
def test_implicit_feedback(table: Path, tmp_path: Path, settings: tuple[str, ...]) -> None:
    """Items are ranked by the probability that the user chooses them."""
    net, known = trained(tmp_path, table, *settings, "data.implicit=true", "data.threshold=45")
    users, items = known.table["ids"]["ids"]
    if net.spec.form == "ids":
        pairs = pd.DataFrame([(user, film) for user in users for film in items], columns=["who", "film"])
        found = net.predict(pairs, probabilities=True)["probabilities"].reshape(len(users), len(items))
    else:
        rows = training_table(known).numpy()
        found = (
            net.predict(rows)["prediction"]
            if net.spec.target == "input"
            else net.predict(rows, probabilities=True)["probabilities"]
        )
    check(net, known, torch.from_numpy(found))
    if "data.layout=rows" in settings:
        new = NEW.assign(stars=[55, 40, 60])  # film 4 is rated, but not chosen
        predicted = net.recommend(ratings=new, n=99)
        assert not set(NEW.film) & set(predicted["film"])
        again = net.recommend(ratings=new[new.stars > 45], n=99)
        same = dict(zip(again["film"], again["prediction"], strict=True))
        np.testing.assert_allclose(predicted["prediction"], [same[film] for film in predicted["film"]], rtol=1e-6)
    assert len(FRAME) > len(known.values)
