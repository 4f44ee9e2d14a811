"""Precision of retrieval against scikit-learn's nearest neighbours by cosine."""

from pathlib import Path

import nnzoo
import pytest
import torch
from nnzoo.data.images.digits import Digits
from nnzoo.errors import UserError
from nnzoo.evaluations import retrieval
from sklearn.neighbors import NearestNeighbors

SETTINGS = ("model=mlp", "model.hidden=[7]", "data=digits", "data.size=8", "trainer.max_epochs=1", "~callbacks.figures")


@pytest.mark.parametrize(("layer", "name"), [("null", "layers.1"), ("layers.0", "layers.0")])
def test_equals_scikit_learn(tmp_path: Path, layer: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retrieval, "ROWS", 100)  # several parts
    chosen = ("evaluations=retrieval", "evaluations.retrieval.k=4", f"evaluations.retrieval.layer={layer}")
    result = nnzoo.train(*SETTINGS, *chosen, output_dir=tmp_path)
    test = Digits(size=8).splits["test"]
    features = nnzoo.load(result.directory).transform(test.x.numpy(), layer=name)
    nearest = NearestNeighbors(n_neighbors=4, metric="cosine").fit(features).kneighbors(return_distance=False)
    expected = float((test.y[torch.from_numpy(nearest)] == test.y[:, None]).float().mean())
    assert result.metrics["test/best"]["precision_at_k"] == pytest.approx(expected, abs=2e-3)
    assert expected > 0.3


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["evaluations.retrieval.k=0"], "k is 0; it must be at least 1"),
        (["evaluations.retrieval.layer=layer.0"], r"unknown layer in evaluations 'layer\.0'; did you mean 'layers\.0'"),
        (["evaluations.retrieval.k=144"], "k is 144; the val split has 144 examples"),
    ],
)
def test_mistakes(tmp_path: Path, overrides: list[str], message: str) -> None:
    with pytest.raises(UserError, match=message):
        nnzoo.train(*SETTINGS, "evaluations=retrieval", *overrides, output_dir=tmp_path)
