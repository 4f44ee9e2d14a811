"""Patch features whose centroids k-means finds before training."""

from pathlib import Path

import pytest
import torch
from nnzoo import api
from nnzoo.errors import UserError
from nnzoo.layers.conv.patch_code import PatchCode
from sklearn.cluster import KMeans

from tests.support.built import built
from tests.support.runs import TINY, checkpoint, only, same, weights

SMALL = [
    *TINY,
    "model=patch_kmeans",
    "~model.hidden",
    "model.centroids=8",
    "model.patch=3",
    "task.patches=500",
    "data.train=200",
]
SMALL = [each for each in SMALL if not each.startswith(("model=mlp", "model.hidden", "~model"))]


def test_whitening_and_centroids() -> None:
    """White patches have unit variances, and k-means of scikit-learn is not better by much."""
    torch.manual_seed(0)
    code = PatchCode(1, 6, 3)
    patches = code.patches(torch.rand(30, 1, 8, 8)).flatten(0, 1)
    code.fit(patches, seed=0)
    white = ((patches - code.mean) @ code.whitening).double()
    variances = torch.linalg.eigvalsh(white.T.cov())
    torch.testing.assert_close(variances[1:], torch.ones(8, dtype=torch.float64), atol=0.1, rtol=0)
    nearest = torch.cdist(white, code.centroids.double()).amin(1).square().sum()
    assert nearest < 1.1 * KMeans(6, random_state=0, n_init=3).fit(white).inertia_


def test_a_run_finds_the_same_centroids_again_and_keeps_them(tmp_path: Path) -> None:
    api.train(*SMALL, output_dir=tmp_path / "one")
    api.train(*SMALL, output_dir=tmp_path / "two")
    one, two = (weights(only(tmp_path / name)) for name in ("one", "two"))
    assert same(one, two)
    centroids = next(value for key, value in one.items() if key.endswith("centroids"))
    drawn = built("model=patch_kmeans", "data=digits", "data.size=8", "model.centroids=8", "model.patch=3")
    assert not torch.equal(centroids, drawn.net.model.layers[0].centroids)


def test_a_resumed_run_is_exact(tmp_path: Path) -> None:
    whole = api.train(*SMALL, output_dir=tmp_path / "whole")
    half = api.train(*SMALL, "trainer.max_epochs=1", output_dir=tmp_path / "half")
    api.resume(half.directory, "trainer.max_epochs=2")
    assert same(checkpoint(whole.directory)["state_dict"], checkpoint(half.directory)["state_dict"])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (["model=lenet5", "task=patch_kmeans"], "^task 'patch_kmeans' needs a network of patch features; LeNet5 is "),
        (["model=patch_kmeans", "task.patches=0"], "^task.patches is 0; it must be at least 1$"),
    ],
)
def test_what_does_not_fit(settings: list[str], message: str) -> None:
    with pytest.raises(UserError, match=message):
        built("data=digits", *settings)


def test_fewer_patches_than_centroids(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"^task.patches is 5; 5 patches are fewer than 8 centroids$"):
        api.train(*SMALL, "task.patches=5", output_dir=tmp_path)
