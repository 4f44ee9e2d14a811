"""Networks over items or indices of users, and implicit feedback: predictions of a run reproduce its metrics."""

from pathlib import Path
from typing import Any

import nnzoo
import numpy as np
import pandas as pd
import pytest
from nnzoo.data.ratings.own import OwnRatings
from nnzoo.errors import DataWarning
from nnzoo.runs.directory import RunDirectory

from tests.support.commands import command

from .small_runs import train

rng = np.random.default_rng(0)
PLACES = np.argwhere(rng.random((12, 9)) < 0.8)
FRAME = pd.DataFrame(
    {
        "who": PLACES[:, 0] * 10,
        "film": [f"film {j}" for j in PLACES[:, 1]],
        "stars": rng.integers(1, 6, len(PLACES)).astype(float),
        "name": [f"The {j}. film" for j in PLACES[:, 1]],
    }
)
NAMES: dict[str, Any] = {"user": "who", "item": "film", "rating": "stars"}
COLUMNS = ("data=ratings", *(f"data.{role}={name}" for role, name in NAMES.items()), "data.title=name")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("layouts")
    FRAME.to_csv(path / "ratings.csv", index=False)
    return path


def training_file(folder: Path) -> Path:
    data = OwnRatings(source=FRAME, **NAMES)
    FRAME.iloc[data.rows["train"].numpy()].to_csv(folder / "training.csv", index=False)
    return folder / "training.csv"


def check_mse(run: Path, predicted: pd.DataFrame) -> None:
    """predicted: by user and film."""
    for split, rows in OwnRatings(source=FRAME, **NAMES).rows.items():
        part = FRAME.iloc[rows.numpy()]
        gaps = [predicted.loc[who, film] - stars for who, film, stars, _ in part.itertuples(index=False)]
        mse = RunDirectory(run).results()[f"{split}/last"]["mse"]
        assert mse == pytest.approx(float(np.mean(np.square(gaps))), rel=1e-4)


@pytest.mark.parametrize("model", ["linear", "autoencoder"])
def test_items_as_examples(folder: Path, model: str) -> None:
    run = train(folder, *COLUMNS, "data.layout=items", f"model={model}", f"data.path='{folder / 'ratings.csv'}'")
    file, output = training_file(folder), folder / "items.csv"
    command("predict", f"run={run}", f"input={file}", f"output={output}", "checkpoint=last")
    table = pd.read_csv(output).set_index("film")
    table.columns = [int(name.removeprefix("prediction_")) for name in table.columns]
    check_mse(run, table.T)
    new = pd.DataFrame({"who": [0, 10, 999], "film": "film 99", "stars": [1.0, 5.0, 3.0]})
    with pytest.warns(DataWarning, match="column who: user '999' is not in the training data; 1 rating by such users"):
        assert nnzoo.predict(run, new)["prediction"].shape == (1, 12)  # a new item is no problem
    if model == "autoencoder":
        assert len(nnzoo.encode(run, FRAME)["code"]) == 9


def test_index_of_a_user(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = train(folder, *COLUMNS, "data.layout=index", "model=row_index", f"data.path='{folder / 'ratings.csv'}'")
    users, output = folder / "users.csv", folder / "index.csv"
    users.write_text("who\n" + "\n".join(str(10 * k) for k in range(12)) + "\n777\n")
    command("predict", f"run={run}", f"input={users}", f"output={output}", "checkpoint=last")
    assert "user '777' is not in the training data; 1 row is predicted for an average user" in capsys.readouterr().err
    table = pd.read_csv(output).set_index("who")
    assert table.unseen.isna().tolist() == [True] * 12 + [False]
    table = table.drop(columns="unseen").rename(columns=lambda name: name.removeprefix("prediction_"))
    check_mse(run, table)
    net = nnzoo.load(run, which="last")
    bias = net.spec.in_units(net.model.head.bias.detach())  # type: ignore[union-attr, operator, arg-type]
    assert table.loc[777].tolist() == pytest.approx(bias.tolist(), rel=1e-6)
    assert nnzoo.encode(run, [0, 10])["code"].shape == (2, 10)
    assert nnzoo.predict(run, FRAME)["prediction"].shape == (len(FRAME), 9)
    assert net.preprocessing.titles == tuple(f"The {j}. film" for j in range(9))  # type: ignore[attr-defined]


def test_training_goes_on_exactly(folder: Path) -> None:
    """With negatives that are drawn anew in each epoch, from within an epoch."""
    settings = ("data=ratings", "data.user=who", "data.item=film", "data.implicit=true", "model=matrix_factorization")
    settings = (*settings, "loader.batch_size=16", f"data.path='{folder / 'ratings.csv'}'")
    whole = train(folder / "whole", *settings, "trainer.max_epochs=3")
    half = train(folder / "half", *settings, "trainer.max_epochs=3", "trainer.max_steps=30")
    assert RunDirectory(whole).results() != RunDirectory(half).results()
    nnzoo.resume(half, "trainer.max_steps=-1")
    assert RunDirectory(whole).results() == RunDirectory(half).results()
    found = nnzoo.predict(half, FRAME, probabilities=True)
    assert found["prediction"].shape == found["probabilities"].shape == (len(FRAME), 1)


@pytest.mark.parametrize("layout", ["pairs", "rows", "items", "index"])
def test_predictions_for_no_ratings_are_empty(folder: Path, layout: str) -> None:
    model = {"pairs": "matrix_factorization", "index": "row_index"}.get(layout, "linear")
    run = train(folder, *COLUMNS, f"data.layout={layout}", f"model={model}", data=FRAME)
    assert {len(values) for values in nnzoo.predict(run, FRAME[:0]).values()} == {0}


def test_threshold_applies_to_predictions(folder: Path) -> None:
    """Rows of zeros and ones: ratings below the threshold are 0, as in training; no range is checked."""
    run = train(
        folder, *COLUMNS, "data.layout=rows", "data.implicit=true", "data.threshold=4", "model=linear", data=FRAME
    )
    net = nnzoo.load(run)
    x = net.preprocessing.encode(FRAME).x
    chosen = FRAME.pivot(index="who", columns="film", values="stars").loc[FRAME.who.unique()]
    np.testing.assert_array_equal(x, (chosen >= 4).to_numpy())
    above = net.predict(FRAME.assign(stars=FRAME.stars + 100))["prediction"]
    np.testing.assert_array_equal(above, net.predict(FRAME.assign(stars=5.0))["prediction"])
