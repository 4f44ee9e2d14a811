"""The AUC of outlier scores: against scikit-learn on the scores that `outliers` returns."""

import json
from pathlib import Path

import nnzoo
import numpy as np
import pytest
import torch
from nnzoo.builders.data import build_data
from nnzoo.config.compose import compose
from nnzoo.evaluations.outlier_auc import OutlierAUC
from nnzoo.training.result import Result
from sklearn.metrics import roc_auc_score

from tests.support.built import built
from tests.support.commands import exit_code

DATA = ("data=planted_outliers", "data.train=200", "data.val=20", "data.test=100", "data.outliers=0.1")
SETTINGS = (
    "trainer.max_epochs=3",
    "evaluations=outlier_auc",
    "~callbacks.figures",
    "~callbacks.projector",
)
NETWORK = ("model=autoencoder", "model.hidden=[]", "model.code=2")


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Result:
    folder = tmp_path_factory.mktemp("outliers")
    worst = ("callbacks.best.monitor=val/mse", "callbacks.best.mode=max")  # after the first epoch, not the last
    return nnzoo.train(*DATA, *SETTINGS, *NETWORK, *worst, "evaluate=[test,train]", output_dir=folder)


@pytest.mark.parametrize("split", ["test", "train"])
def test_equals_scikit_learn(result: Result, split: str) -> None:
    part = build_data(nnzoo.api.plain(compose(list(DATA)))).splits[split]
    scores = nnzoo.outliers(result.directory, part.x.numpy(), which="last")["score"]
    assert result.metrics[f"{split}/last"]["outlier_auc"] == pytest.approx(roc_auc_score(part.y.numpy(), scores))


@pytest.mark.parametrize("which", ["best", "last"])
def test_thresholds_of_both_checkpoints_are_stored(result: Result, which: str) -> None:
    stored = json.loads((result.directory / "outlier_scores.json").read_text())
    assert stored["best"]["step"] < stored["last"]["step"]
    scores = nnzoo.outliers(result.directory, which=which)["score"]
    np.testing.assert_allclose(stored[which]["quantiles"], np.quantile(scores, np.linspace(0, 1, 1001)), rtol=1e-4)


def test_evaluated_again(result: Result) -> None:
    assert nnzoo.evaluate(result.directory)["test/last"] == pytest.approx(result.metrics["test/last"])


def test_several_classes_and_a_split_without_outliers() -> None:
    config = nnzoo.api.plain(compose(["data=digits", "data.size=8", "model=autoencoder", "trainer.accelerator=cpu"]))
    data, task = build_data(config), built("data=digits", "data.size=8", "model=autoencoder").eval()
    classes = data.class_targets("test")
    assert classes is not None
    with torch.no_grad():
        found = OutlierAUC(outliers=[3, 8]).compute(task, data, "test")["outlier_auc"]
        batch = next(iter(data.eval_loader("test")))
        scores = (task.net(batch.x) - batch.y).double().square().sum(1)
        none = OutlierAUC(outliers=list(range(10))).compute(task, data, "test")["outlier_auc"]
    assert found == pytest.approx(roc_auc_score(np.isin(classes.numpy(), [3, 8]), scores.numpy()))
    assert np.isnan(none)


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["model=mlp"], "outlier_auc needs a network with outlier scores: it does not reconstruct its input"),
        (
            [*NETWORK, "evaluations.outlier_auc.outliers=[7]"],
            "outliers has 7; the training data has the classes [0, 1]",
        ),
        (
            [*NETWORK, "evaluations.outlier_auc.outliers=[1,0]"],
            "outliers is [1, 0]; it takes some of the classes [0, 1], but not all",
        ),
        ([*NETWORK, "evaluations.outlier_auc.outliers=[]"], "outliers is []; it takes some of the classes [0, 1]"),
        (
            ["model=autoencoder", "data=ring"],
            "outlier_auc needs classes, some of which are outliers; the data has none",
        ),
    ],
)
def test_what_does_not_fit_is_refused(
    overrides: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = () if "data=ring" in overrides else DATA
    assert exit_code("train", *data, *SETTINGS, *overrides, f"output_dir={tmp_path}") == 2
    assert message in capsys.readouterr().err
