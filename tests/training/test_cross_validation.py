"""A run on one fold: its directory, and its metrics again by evaluate, rerun, resume and predict."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from nnzoo import api
from nnzoo.builders.data import build_data
from nnzoo.data.tables.array import Array
from nnzoo.data.tables.examples import Rows
from nnzoo.errors import UserError
from nnzoo.runs.directory import RunDirectory
from nnzoo.training.result import Result

from tests.support.runs import assert_same_outcome, only

SETTINGS = (
    *("model=mlp", "model.hidden=[4]", "data=array", "data.target=paid", "optimizer.lr=0.05"),
    *("~callbacks.figures", "trainer.accelerator=cpu", "trainer.threads=1", "trainer.max_epochs=2", "cv=4"),
    "evaluate=[train,val,test]",
)


def table() -> pd.DataFrame:
    """Return 60 rows whose columns differ in scale, and with missing cells."""
    rng = np.random.default_rng(0)
    age = rng.integers(18, 80, 60).astype(float)
    income = rng.exponential(40000, 60)
    paid = np.where(income + 500 * age > 60000, "yes", "no")
    age[::7] = np.nan
    return pd.DataFrame({"age": age, "income": income, "paid": paid})


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("cv")
    table().to_csv(found / "table.csv", index=False)
    return found


def train(folder: Path, out: str, *overrides: str) -> Result:
    return api.train(
        *SETTINGS, f"data.path={folder / 'table.csv'}", "data.missing=mean", *overrides, output_dir=folder / out
    )


@pytest.fixture(scope="module")
def fold(folder: Path) -> Path:
    """The run of fold 1."""
    train(folder, "one", "fold=1")
    return only(folder / "one")


def split_rows(run: Path) -> dict[str, Rows]:
    """Return the rows of the table in each split of a run."""
    data = build_data(RunDirectory(run).config())
    assert isinstance(data, Array)
    return data.rows


def test_name_and_config(fold: Path) -> None:
    assert fold.name.startswith("mlp-cv=4-fold=1-")  # first, so that they are not cut off
    config = RunDirectory(fold).config()
    assert (config["cv"], config["fold"]) == (4, 1)


def test_evaluation_is_of_the_same_fold(fold: Path) -> None:
    wanted = RunDirectory(fold).results()
    assert {name.partition("/")[0] for name in wanted} == {"train", "val", "test"}
    assert api.evaluate(fold) == wanted


def test_rerun_has_the_same_metrics(fold: Path) -> None:
    again = api.rerun(fold)
    assert_same_outcome(fold, again.directory)
    assert api.rerun(fold, "fold=2").metrics != again.metrics
    with pytest.raises(UserError, match="fold is 4; with cv=4 it must be from 0 to 3"):
        api.rerun(fold, "fold=4")


def test_resumed_run_equals_an_uninterrupted_one(folder: Path) -> None:
    train(folder, "whole", "fold=3", "trainer.max_epochs=3")
    train(folder, "part", "fold=3", "trainer.max_epochs=1")
    part = only(folder / "part")
    with pytest.raises(UserError, match="a resumed run can only change"):
        api.resume(part, "fold=2")
    api.resume(part, "trainer.max_epochs=3")
    assert_same_outcome(only(folder / "whole"), part)


def test_predictions_use_the_statistics_of_the_fold(fold: Path) -> None:
    rows = table()
    wanted = RunDirectory(fold).results()
    predicted = api.predict(fold, rows)["prediction"] == rows.paid
    for name, chosen in split_rows(fold).items():
        assert wanted[f"{name}/best"]["acc"] == pytest.approx(predicted[chosen].mean(), abs=1e-6)


def test_seeds_share_the_folds(folder: Path) -> None:
    runs = [train(folder, f"seed{n}", "fold=0", f"seed={n}", "trainer.max_epochs=0") for n in (1, 2)]
    one, other = (split_rows(run.directory) for run in runs)
    assert one["val"].tolist() == other["val"].tolist()


def test_data_from_python(tmp_path: Path) -> None:
    frame = table().dropna()
    run = api.train(
        *("model=linear", "trainer.max_epochs=1", "trainer.accelerator=cpu", "~callbacks.figures", "evaluate=[val]"),
        data=frame,
        target="paid",
        cv=3,
        fold=2,
        output_dir=tmp_path,
    )
    assert api.evaluate(only(tmp_path), data=frame) == run.metrics
