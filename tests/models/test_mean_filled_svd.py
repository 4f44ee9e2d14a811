"""Singular value decomposition of filled ratings against numpy. Shapes: 12 users, 9 items."""

from pathlib import Path

import nnzoo
import numpy as np
import pandas as pd
import pytest
import torch
from nnzoo.layers.fill_unknown import FillUnknown
from nnzoo.models.mean_filled_svd import MeanFilledSVD
from nnzoo.runs.directory import RunDirectory

from tests.inference.small_runs import train


def test_predictions_are_those_of_the_decomposition_of_the_filled_matrix(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    ratings = rng.integers(1, 6, (12, 9)).astype(float)
    ratings[rng.random((12, 9)) < 0.3] = np.nan
    user, item = np.argwhere(~np.isnan(ratings)).T
    frame = pd.DataFrame({"user": user, "item": item, "rating": ratings[user, item]})
    settings = ("data=ratings", "data.layout=rows", "data.val=0.02", "data.test=0.02", "trainer.max_epochs=1")
    run = train(tmp_path, "model=mean_filled_svd", "model.code=3", *settings, data=frame)
    with np.load(run / "ratings.npz") as stored:
        pairs = stored["pairs"] - 1
    known = np.full((12, 9), np.nan)
    known[pairs[:, 0], pairs[:, 1]] = ratings[pairs[:, 0], pairs[:, 1]]
    means = np.nanmean(known, 0)
    filled = np.where(np.isnan(known), means + np.nanmean(known - means, 1, keepdims=True), known)
    mean = filled.mean(0)
    u, s, vt = np.linalg.svd(filled - mean, full_matrices=False)
    expected = mean + u[:, :3] * s[:3] @ vt[:3]
    training = pd.DataFrame({"user": pairs[:, 0], "item": pairs[:, 1], "rating": ratings[pairs[:, 0], pairs[:, 1]]})
    found = nnzoo.predict(run, training, which="last")
    order = np.array(found["user"]).astype(int)
    np.testing.assert_allclose(found["prediction"], expected[order], atol=1e-4)
    reported = RunDirectory(run).results()["train/last"]["mse"]
    assert reported == pytest.approx(np.nanmean((expected - known) ** 2), rel=1e-4)


def test_unknown_numbers_are_filled_by_hand() -> None:
    """The first user is 1 above the means in the mean; the second has no known number."""
    fill = FillUnknown([2.0, 3.0, 4.0])
    x = torch.tensor([[4.0, 0.0, 4.0], [0.0, 0.0, 0.0]])
    assert torch.equal(fill(x), torch.tensor([[4.0, 4.0, 4.0], [2.0, 3.0, 4.0]]))


def test_code_without_units() -> None:
    with pytest.raises(ValueError, match=r"^code is 0; it needs at least 1 unit$"):
        MeanFilledSVD(in_features=3, code=0)
