"""Runs with transforms: predictions, exports and members of a sweep see the images as training does."""

import warnings
from pathlib import Path

import nnzoo
import numpy as np
import pytest
import torch
from nnzoo.inference.load import load
from nnzoo.runs.directory import RunDirectory

from tests.inference.small_runs import check_classes, train
from tests.support.commands import command

random = np.random.default_rng(0)
CLASSES = np.array(["dark", "light"])[np.arange(60) % 2]
PIXELS = (
    random.integers(0, 128, (60, 3, 7, 8), dtype=np.uint8)
    + 12 * (np.arange(60) % 2).astype(np.uint8)[:, None, None, None]
)
CROPPED = ("transforms=[crop,flip,standardize]", "transforms.crop.size=[5,6]", "transforms.crop.padding=1")
COLORS = ("transforms=[rotate,rescale,color_jitter,pca_noise,center]", "transforms.color_jitter.hue=0.1")


@pytest.fixture
def pictures(tmp_path: Path) -> str:
    np.savez(tmp_path / "pictures.npz", x=PIXELS, y=CLASSES)
    return f"data.path='{tmp_path / 'pictures.npz'}'"


@pytest.mark.parametrize(
    "transforms", [CROPPED, COLORS, ("transforms=[global_contrast,center]",), ("transforms=[crop,local_contrast]",)]
)
def test_predictions_reproduce_the_metrics(pictures: str, tmp_path: Path, transforms: tuple[str, ...]) -> None:
    run = train(tmp_path / "runs", *transforms, "data=array", pictures)
    check_classes(run, nnzoo.predict(run, PIXELS, which="last"), CLASSES)
    results = RunDirectory(run).results()
    for name, metrics in nnzoo.evaluate(run).items():
        assert metrics == pytest.approx(results[name], rel=1e-5)
    net = load(run, which="last")
    command("export", f"run={run}", "format=torchscript", f"output={tmp_path / 'net.pt'}", "checkpoint=last")
    x = torch.from_numpy(PIXELS / 255).float()
    with warnings.catch_warnings(action="ignore"):  # TorchScript is deprecated
        exported = torch.jit.load(tmp_path / "net.pt")
    torch.testing.assert_close(exported(x)[0], net(x), atol=1e-5, rtol=1e-4)


def test_an_autoencoder_of_crops(pictures: str, tmp_path: Path) -> None:
    run = train(tmp_path / "runs", "model=autoencoder", "model.code=2", *CROPPED, "data=array", pictures)
    found = nnzoo.predict(run, PIXELS, which="last")["prediction"]
    assert found.shape == PIXELS.shape
    assert (found[:, :, 0] == 0).all()  # around the centre, the fill


def test_the_network_sees_crops(pictures: str, tmp_path: Path) -> None:
    run = train(tmp_path / "runs", *CROPPED, "data=array", pictures)
    net, x = load(run, which="last"), torch.from_numpy(PIXELS / 255).float()
    other = torch.rand_like(x)
    other[:, :, 1:6, 1:7] = x[:, :, 1:6, 1:7]
    assert torch.equal(net(other), net(x))
    assert not torch.equal(net(other.roll(1, 2)), net(x))


def test_members_of_a_vectorized_sweep_see_the_images_of_single_runs(pictures: str, tmp_path: Path) -> None:
    settings = [*CROPPED, "data=array", pictures, "model=linear", "trainer.max_epochs=2", "logger=none"]
    settings += ["trainer.accelerator=cpu", "~callbacks.figures", "~callbacks.progress"]
    found = []
    for on in ("true", "false"):
        sweep = nnzoo.sweep(
            *settings, "optimizer.lr=0.01,0.1", f"sweep.vectorized={on}", "sweep.workers=0", output_dir=tmp_path / on
        )
        runs = [RunDirectory(sweep.directory / name) for name in sorted(sweep.runs["run"])]
        found.append([run.results()["test/last"]["loss"] for run in runs])
    np.testing.assert_allclose(*found, rtol=1e-4)
