"""Autoencoders of all kinds: predictions of the examples of the run have the errors that the run reports."""

from pathlib import Path

import nnzoo
import numpy as np
import pytest
from nnzoo.errors import UserError

from .small_runs import over_all, sizes, train

N = 60
X = np.random.default_rng(0).random((N, 6)) * np.arange(1, 7) / 6
SETTINGS = ("model.code=4", "optimizer.lr=0.02", "data.standardize=false")
KINDS = {
    "winner-take-all": ("model=winner_take_all_autoencoder", "model.winner_share=0.3"),
    "corrupted": ("model=denoising_autoencoder", "model.corruption=salt_and_pepper", "model.corrupt=always"),
    "plsa": ("model=plsa",),
}


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("table") / "own.csv"
    np.savetxt(file, X, delimiter=",", header="a,b,c,d,e,f", comments="")
    return file


@pytest.mark.parametrize("kind", KINDS)
def test_predictions_have_the_reported_errors(kind: str, table: Path, tmp_path: Path) -> None:
    run = train(tmp_path, *KINDS[kind], "data=array", f"data.path='{table}'", "data.target=[]", *SETTINGS)
    found = nnzoo.predict(run, table, which="last")["prediction"]
    truth = X / X.sum(1, keepdims=True) if kind == "plsa" else X
    assert np.square(found - truth).mean() == pytest.approx(over_all(run, "mse", sizes(N)), rel=1e-4)


def test_negative_counts_are_refused_with_their_column(table: Path, tmp_path: Path) -> None:
    settings = ("model=linear_autoencoder", "loss=multinomial", "data=array", "data.target=[]", *SETTINGS)
    other = tmp_path / "negative.csv"
    other.write_text(table.read_text() + "0.1,0.2,-3,0.2,0.1,0.3\n")
    with pytest.raises(UserError, match=r"^loss 'multinomial' takes inputs of at least 0; .*: column c is from -3 to "):
        train(tmp_path, *settings, f"data.path='{other}'")
    run = train(tmp_path, *settings, f"data.path='{table}'")
    with pytest.raises(UserError, match=r"line 62, column c: -3.* is outside \[0, inf\]"):
        nnzoo.predict(run, other, which="last")
