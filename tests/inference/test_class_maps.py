"""A class for each pixel: from training to predictions in memory and in files."""

from pathlib import Path

import nnzoo
import numpy as np
import pandas as pd
import pytest
from nnzoo.data.images.shapes import OF_PIXELS, Shapes
from nnzoo.errors import UserError
from nnzoo.inference.files import predict_file
from nnzoo.runs.directory import RunDirectory

from tests.support.commands import command

from .small_runs import train

DATA = {"target": "mask", "size": 16, "train": 40, "val": 10, "test": 10}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    settings = ("model=fcn", "model.channels=[4,6]", "model.skips=1", "data=shapes")
    return train(tmp_path_factory.mktemp("maps"), *settings, *(f"data.{key}={value}" for key, value in DATA.items()))


def test_predictions_are_the_classes_of_pixels(run: Path) -> None:
    test = Shapes(**DATA).splits["test"].batch()
    found = nnzoo.predict(run, test.x.numpy(), which="last", probabilities=True)
    assert found["prediction"].shape == (10, 16, 16)
    assert set(found["prediction"].flatten()) <= set(OF_PIXELS)
    np.testing.assert_allclose(found["probabilities"].sum(-1), 1, rtol=1e-5)
    metrics = RunDirectory(run).results()["test/last"]
    share = (found["prediction"] == np.array(OF_PIXELS)[test.y.numpy()]).mean()
    assert share == pytest.approx(metrics["acc"])
    assert 0 < metrics["iou"] < metrics["acc"]
    assert nnzoo.evaluate(run)["test/last"] == pytest.approx(metrics)


def test_a_table_has_a_row_for_each_image(run: Path, tmp_path: Path) -> None:
    x = Shapes(**DATA).splits["test"].batch().x.numpy()
    np.save(tmp_path / "x.npy", x)
    arguments = (f"run={run}", f"input={tmp_path / 'x.npy'}", "checkpoint=last")
    command("predict", *arguments, f"output={tmp_path / 'p.csv'}")
    table = pd.read_csv(tmp_path / "p.csv")
    expected = nnzoo.predict(run, x, which="last")["prediction"]
    assert [cell.split() for cell in table.prediction] == expected.reshape(10, -1).tolist()
    with pytest.raises(UserError, match=r"^probabilities of each pixel do not fit into a table; use output=.*p\.npz$"):
        predict_file(nnzoo.load(run), tmp_path / "x.npy", tmp_path / "p.csv", probabilities=True)
