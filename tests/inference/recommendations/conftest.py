"""Ratings of 12 users for 9 films, and small runs that are trained on them."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.inference.small_runs import train

rng = np.random.default_rng(0)
TASTES, KINDS = rng.normal(size=(12, 2)), rng.normal(size=(9, 2))
PLACES = np.argwhere(rng.random((12, 9)) < 0.6)
FRAME = pd.DataFrame(
    {
        "film": [f"film {j}" for j in PLACES[:, 1]],
        "who": PLACES[:, 0] * 10,
        "stars": (50 + 10 * (TASTES @ KINDS.T))[PLACES[:, 0], PLACES[:, 1]].round(1),
    }
)
SETTINGS = ("data=ratings", "data.user=who", "data.item=film", "data.rating=stars", "optimizer.lr=0.02")
FACTORS = ("model=matrix_factorization", "model.rank=3", "loader.batch_size=16", "trainer.max_epochs=10")
WEIGHTS = ("penalties=weights", "penalties.weights.weight=0.02")
ROWS = ("data.layout=rows", "model=autoencoder", "model.hidden=[]", "model.code=3")


@pytest.fixture(scope="package")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("recommendations") / "ratings.csv"
    FRAME.to_csv(path, index=False)
    return path


@pytest.fixture(scope="package")
def pairs(table: Path) -> Path:
    return train(table.parent, *SETTINGS, *FACTORS, *WEIGHTS, f"data.path='{table}'")


@pytest.fixture(scope="package")
def rows(table: Path) -> Path:
    return train(table.parent, *SETTINGS, *ROWS, f"data.path='{table}'")
