"""Training on ratings, and prediction of user-item pairs by commands and from Python."""

from pathlib import Path
from typing import Any

import nnzoo
import numpy as np
import pandas as pd
import pytest
import torch
from nnzoo.data.ratings.own import OwnRatings
from nnzoo.errors import UserError
from nnzoo.runs.directory import RunDirectory

from tests.support.commands import command

from .small_runs import check_reals, sizes, train

FACTORS = ("data=ratings", "model=matrix_factorization", "model.rank=3", "loader.batch_size=16", "optimizer.lr=0.02")
rng = np.random.default_rng(0)
TASTES, KINDS = rng.normal(size=(12, 2)), rng.normal(size=(9, 2))
PLACES = np.argwhere(rng.random((12, 9)) < 0.8)
RATINGS = (50 + 10 * (TASTES @ KINDS.T))[PLACES[:, 0], PLACES[:, 1]].round(1)
FRAME = pd.DataFrame(
    {
        "film": [f"film {j}" for j in PLACES[:, 1]],
        "who": PLACES[:, 0] * 10,
        "stars": RATINGS,
        "when": range(len(RATINGS)),
    }
)
COLUMNS = ("data.user=who", "data.item=film", "data.rating=stars")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ratings")
    FRAME.to_csv(path / "ratings.csv", index=False)
    return path


@pytest.fixture(scope="module")
def run(folder: Path) -> Path:
    return train(folder, *FACTORS, *COLUMNS, f"data.path='{folder / 'ratings.csv'}'")


def test_predictions_reproduce_the_metrics(folder: Path, run: Path) -> None:
    """In the units of the ratings, with all users and items known."""
    assert sizes(len(FRAME))["train"] == len(FRAME) - sizes(len(FRAME))["val"] - sizes(len(FRAME))["test"]
    for raw in (
        folder / "ratings.csv",
        FRAME,
        FRAME[["who", "film"]].to_dict("list"),
        FRAME[["who", "film"]].to_numpy(),
    ):
        found = nnzoo.predict(run, raw, which="last")
        check_reals(run, found, RATINGS)
        assert set(found["unseen"]) == {""}
    results = RunDirectory(run).results()
    evaluated = nnzoo.evaluate(run)
    for split, figures in results.items():
        assert evaluated[split] == pytest.approx(figures)
    assert results["train/last"]["rmse"] > 1, "ratings are around 50: an error in scaled units would be below 1"


def test_predictions_in_a_table(folder: Path, run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pairs, output = folder / "pairs.csv", folder / "predictions.csv"
    pairs.write_text("film,who\nfilm 3,20\nfilm 99,20\nfilm 3,nobody\nfilm 3,110\n")
    command("predict", f"run={run}", f"input={pairs}", f"output={output}")
    assert "line 4, column who: user 'nobody' is not in the training data; 1 row is predicted for an average user" in (
        capsys.readouterr().err
    )
    table = pd.read_csv(output, keep_default_na=False)
    assert list(table) == ["who", "film", "unseen", "prediction"]
    assert table.who.tolist() == ["20", "20", "nobody", "110"]
    assert table.unseen.tolist() == ["", "item", "user", ""]
    known = nnzoo.predict(run, [(20, "film 3"), (110, "film 3")])["prediction"]
    assert table.prediction[[0, 3]].tolist() == pytest.approx(known.tolist(), rel=1e-6)

    net = nnzoo.load(run)
    weights = {name: value.double() for name, value in net.model.state_dict().items()}
    user = net.preprocessing.ids[0].index("20")  # type: ignore[attr-defined]
    average = weights["mean"] + weights["user_biases.weight"][user]
    assert table.prediction[1] == pytest.approx(float(net.spec.in_units(average)), rel=1e-6)


def test_unseen_ids_can_be_refused(folder: Path, run: Path) -> None:
    path = folder / "one.csv"
    path.write_text("who,film\n20,film 77\n")
    net = nnzoo.load(run)
    net.preprocessing = net.preprocessing.reading({"unseen": "refuse"})
    with pytest.raises(UserError, match=r"one\.csv, line 2, column film: item 'film 77' is not in the training data"):
        net.predict(path)


def test_network_takes_numbers_of_ids(run: Path) -> None:
    net = nnzoo.load(run)
    inputs = net.preprocessing.encode(FRAME)
    assert net(inputs.x)[:, 0].tolist() == pytest.approx(net.predict(FRAME)["prediction"].tolist())


def test_data_frame_equals_the_file(folder: Path, run: Path) -> None:
    again = train(folder, *FACTORS, *COLUMNS, data=FRAME)
    assert RunDirectory(again).results() == RunDirectory(run).results()
    assert nnzoo.evaluate(again, data=FRAME) == nnzoo.evaluate(run)
    with pytest.raises(UserError, match="was trained on data from Python; pass the same data"):
        nnzoo.evaluate(again)
    with pytest.raises(UserError, match="the data is not what the run was trained on: it has 76 rows, not 77"):
        nnzoo.evaluate(again, data=FRAME[1:])


def weights(run: Path) -> dict[str, Any]:
    return nnzoo.load(run, which="last").network.state_dict()


@pytest.mark.parametrize(
    ("settings", "stop", "go_on"),
    [
        (FACTORS, "trainer.max_steps=6", "trainer.max_steps=-1"),  # of 2 * 4
        (("data=ratings", "data.layout=rows", "model=linear"), "trainer.max_epochs=1", "trainer.max_epochs=2"),
    ],
    ids=["pairs, within an epoch", "rows"],
)
def test_resume_is_exact(folder: Path, settings: tuple[str, ...], stop: str, go_on: str) -> None:
    settings = (*settings, *COLUMNS, f"data.path='{folder / 'ratings.csv'}'")
    whole = train(folder / "whole", *settings)
    half = train(folder / "half", *settings, stop)
    assert RunDirectory(whole).results() != RunDirectory(half).results()
    nnzoo.resume(half, go_on)
    for name, value in weights(whole).items():
        assert torch.equal(value, weights(half)[name]), name
    assert RunDirectory(whole).results() == RunDirectory(half).results()


def table_of(frame: pd.DataFrame, labels: tuple[str, ...]) -> "np.ndarray[Any, Any]":
    """Return ratings by user and item (12, 9), NaN if unknown."""
    found = np.full((12, len(labels)), np.nan)
    for film, who, stars in zip(frame.film, frame.who, frame.stars, strict=True):
        if film in labels:
            found[who // 10, labels.index(film)] = stars
    return found


@pytest.mark.parametrize("settings", [("model=linear",), ("model=autoencoder", "model.hidden=[]", "model.code=3")])
def test_table_of_ratings_reproduces_the_metrics(folder: Path, settings: tuple[str, ...]) -> None:
    """The training ratings are the input of all splits; predict also reads the whole table, with more ratings."""
    path = folder / "ratings.csv"
    run = train(folder, *FACTORS[:1], *COLUMNS, "data.layout=rows", f"data.path='{path}'", *settings)
    data = OwnRatings(path=str(path), user="who", item="film", rating="stars")
    net, labels = nnzoo.load(run, which="last"), data.ids.ids[1]
    FRAME.iloc[data.rows["train"].numpy()].to_csv(folder / "training.csv", index=False)
    command(
        "predict", f"run={run}", f"input={folder / 'training.csv'}", f"output={folder / 'rows.csv'}", "checkpoint=last"
    )
    table = pd.read_csv(folder / "rows.csv").sort_values("who")
    assert list(table) == ["who", *(f"prediction_{label}" for label in labels)]
    predicted = table.to_numpy()[:, 1:]
    for split, rows in data.rows.items():
        gap = predicted - table_of(FRAME.iloc[rows.numpy()], labels)
        mse = float(np.nanmean(gap**2))
        assert RunDirectory(run).results()[f"{split}/last"]["mse"] == pytest.approx(mse, rel=1e-4)
    whole = net.predict(path)
    order = np.argsort([int(who) for who in whole["who"]])
    expected = net.predict(np.nan_to_num(table_of(FRAME, labels)))["prediction"]
    np.testing.assert_allclose(whole["prediction"][order], expected, rtol=1e-6)
    for raw in (FRAME, FRAME.to_dict("list")):
        np.testing.assert_array_equal(net.predict(raw)["prediction"], whole["prediction"])


def test_rows_of_ratings(folder: Path) -> None:
    """A network over rows predicts all ratings of a user in their units; unknown inputs are 0."""
    run = train(
        folder, FACTORS[0], *COLUMNS, "data.layout=rows", "model=linear", f"data.path='{folder / 'ratings.csv'}'"
    )
    known = np.full((12, 9), np.nan)
    known[PLACES[:, 0], PLACES[:, 1]] = RATINGS
    net = nnzoo.load(run)
    assert net.spec.labels == tuple(f"film {j}" for j in range(9))
    found = net.predict(np.nan_to_num(known))["prediction"]
    assert found.shape == (12, 9)
    assert 20 < found.mean() < 80
    np.save(folder / "rows.npy", np.nan_to_num(known))
    command("predict", f"run={run}", f"input={folder / 'rows.npy'}", f"output={folder / 'rows.csv'}")
    table = pd.read_csv(folder / "rows.csv")
    assert list(table)[1:3] == ["prediction_film 0", "prediction_film 1"]
    np.testing.assert_allclose(table.to_numpy()[:, 1:], found, rtol=1e-6)
    evaluated = nnzoo.evaluate(run)
    for split, figures in RunDirectory(run).results().items():
        assert evaluated[split] == pytest.approx(figures)
