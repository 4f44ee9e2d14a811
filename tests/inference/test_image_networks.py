"""Round trips of convolutional networks: train, predict, evaluate, resume within an epoch, estimators."""

from pathlib import Path

import nnzoo
import numpy as np
import pytest
import yaml
from nnzoo.runs.directory import RunDirectory
from sklearn.datasets import load_digits

from tests.support.runs import checkpoint, same

from .small_runs import check_classes, train

RESIDUAL = ("model.blocks=[1,1]", "model.channels=[4,8]", "model.stem_channels=4")
NETWORKS = {
    "residual": ("model=resnet20", *RESIDUAL),
    "stochastic depth": ("model=stochastic_depth110", *RESIDUAL),
    "dense": ("model=densenet_bc100", "model.growth=4", "model.blocks=[2,2]", "model.dropout=0.2"),
    "drop path": ("model=fractalnet", "model.channels=[12,12]", "model.columns=2"),
    "inception": ("model=googlenet_small", "model.modules=[[[4,4,4,4,4,4]]]"),
    "local response": ("model=vgg_a_lrn", "model.layers=C3D4 LRN M C3D6 M", "model.dense_units=[8]"),
    "patches": ("model=patch_kmeans", "model.centroids=6", "model.patch=3", "task.patches=300"),
    "random filters": ("model=random_conv", "model.channels=[6]", "model.kernel=3"),
    "receptive fields": ("model=locally_connected", "model.channels=[4]"),
}
X, Y = load_digits(return_X_y=True)
X, Y = X[Y < 3][:150], Y[Y < 3][:150]
X = (X / 16).astype(np.float32).reshape(-1, 1, 8, 8)
BATCHES = ("loader.batch_size=10", "trainer.max_epochs=3", "trainer.limit_val_batches=0", "optimizer.lr=0.01")


@pytest.mark.parametrize("name", NETWORKS)
def test_predictions_and_evaluation_of_a_run_and_of_one_that_stopped_in_an_epoch(name: str, tmp_path: Path) -> None:
    """11 steps an epoch; the second run stops after 15."""
    file = tmp_path / "digits.npz"
    np.savez(file, x=X, y=Y)
    settings = (*NETWORKS[name], "data=array", f"data.path='{file}'", *BATCHES)
    run = train(tmp_path / "whole", *settings)
    check_classes(run, nnzoo.predict(run, file, which="last"), Y)
    results = RunDirectory(run).results()
    assert {split: pytest.approx(metrics) for split, metrics in nnzoo.evaluate(run).items()} == results
    part = train(tmp_path / "part", *settings, "trainer.max_steps=15")
    nnzoo.resume(part, "trainer.max_steps=-1")
    assert same(checkpoint(run)["state_dict"], checkpoint(part)["state_dict"])


@pytest.mark.parametrize("name", ["dense", "drop path", "patches"])
def test_estimators(name: str) -> None:
    """Scaled as in training; the same seed gives the same network."""
    model, *others = NETWORKS[name]
    settings = {key: yaml.safe_load(value) for key, _, value in (each.partition("=") for each in others)}
    chosen = {"model": model.removeprefix("model="), "max_epochs": 2, "settings": settings, "random_state": 0}
    first, second = (nnzoo.NNZooClassifier(**chosen).fit(X, Y) for _ in range(2))
    np.testing.assert_array_equal(first.predict_proba(X), second.predict_proba(X))
    np.testing.assert_allclose(first.predict_proba(X).sum(1), 1, rtol=1e-5)
    assert first.score(X, Y) == (first.predict(X) == Y).mean()
