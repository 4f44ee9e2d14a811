"""Accuracy of nearest neighbours on codes: against scikit-learn on the codes that `encode` returns."""

from pathlib import Path

import nnzoo
import pytest
import torch
from nnzoo.builders.data import build_data
from nnzoo.config.compose import compose
from nnzoo.errors import UserError
from nnzoo.training.result import Result
from sklearn.neighbors import KNeighborsClassifier

from tests.support.commands import exit_code

SETTINGS = (
    "data=digits",
    "data.size=8",
    "trainer.max_epochs=1",
    "evaluations=nearest_neighbours",
    "~callbacks.figures",
)
NETWORK = ("model=autoencoder", "model.hidden=[]", "model.code=3")


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Result:
    folder = tmp_path_factory.mktemp("neighbours")
    return nnzoo.train(*SETTINGS, *NETWORK, "evaluate=[test,train]", output_dir=folder)


def test_equals_scikit_learn(result: Result) -> None:
    data = build_data(nnzoo.api.plain(compose(["data=digits", "data.size=8"])))
    codes, classes = {}, {}
    for split in ("train", "test"):
        batches = list(data.eval_loader(split))
        codes[split] = nnzoo.encode(result.directory, torch.cat([batch.x for batch in batches]))["code"]
        classes[split] = torch.cat([batch.y for batch in batches])
    reference = KNeighborsClassifier(5).fit(codes["train"], classes["train"])
    assert result.metrics["test/last"]["knn_acc"] == pytest.approx(reference.score(codes["test"], classes["test"]))
    assert result.metrics["test/last"]["knn_acc"] > 0.3  # chance: 0.1


def test_evaluated_again(result: Result) -> None:
    assert nnzoo.evaluate(result.directory)["test/last"] == pytest.approx(result.metrics["test/last"])


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["model=mlp"], "nearest neighbours need one code per example; MLP has none here"),
        (["model=autoencoder", "evaluations.nearest_neighbours.k=0"], "k is 0; it must be at least 1"),
        (["model=autoencoder", "evaluations.nearest_neighbours.points=2"], "points is 2; it must be at least k"),
        (
            [
                "model=autoencoder",
                "evaluations.nearest_neighbours.k=1295",
                "evaluations.nearest_neighbours.points=null",
            ],
            "k is 1295, but there are 1294 training examples",
        ),
    ],
)
def test_what_does_not_fit_is_refused(
    overrides: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exit_code("train", *SETTINGS, *overrides, f"output_dir={tmp_path}") == 2
    assert message in capsys.readouterr().err


def test_a_name_that_is_taken(tmp_path: Path) -> None:
    second = "+evaluations.again={_target_: nnzoo.evaluations.nearest_neighbours.NearestNeighbours}"
    with pytest.raises(UserError, match="there is already a metric knn_acc"):
        nnzoo.train(*SETTINGS, *NETWORK, second, output_dir=tmp_path)
