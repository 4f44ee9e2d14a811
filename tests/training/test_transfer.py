"""Runs that begin with the weights of another run."""

import shutil
from pathlib import Path

import nnzoo
import numpy as np
import pandas as pd
import pytest
import torch
from nnzoo import api
from nnzoo.cli.outcome import summary
from nnzoo.data.images.digits import Digits
from nnzoo.errors import DataWarning, UserError
from nnzoo.runs.directory import RunDirectory

from tests.support.runs import assert_same_outcome, only, weights

SMALL = ("trainer.accelerator=cpu", "trainer.threads=1", "~callbacks.figures", "~callbacks.boundaries")
MLP = ("model=mlp", "model.hidden=[6,5]", "data=digits", "data.size=8", "data.train=100", "trainer.max_epochs=1")
LOW = (*MLP, "data.classes=[0,1,2,3,4]", "transforms=standardize", *SMALL)
HIGH = (*MLP, "data.classes=[5,6,7,8]", "transforms=standardize", *SMALL)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return api.train(*LOW, output_dir=tmp_path_factory.mktemp("source")).directory


def test_another_head_where_the_classes_differ(tmp_path: Path, source: Path) -> None:
    result = api.train(*HIGH, f"weights={source}", "freeze=['layers.[02]']", output_dir=tmp_path)
    trained, before = weights(result.directory), weights(source, "best")
    for name in ("0.weight", "0.bias", "2.weight", "2.bias"):
        assert torch.equal(trained[f"net.model.layers.{name}"], before[f"net.model.layers.{name}"])
    assert trained["net.model.layers.4.weight"].shape == (4, 5)
    assert result.weights.startswith(f"4 of 6 tensors from {source}")
    assert result.weights.endswith("best.ckpt; new: layers.4.weight, layers.4.bias")
    assert f"weights      {result.weights}" in summary(result)


def test_a_head_of_the_same_size_for_other_classes_is_new(tmp_path: Path, source: Path) -> None:
    others = [line.replace("[5,6,7,8]", "[5,6,7,8,9]") for line in HIGH]
    result = api.train(*others, "trainer.max_epochs=0", f"weights={source}", output_dir=tmp_path)
    assert result.weights.endswith("new: layers.4.weight, layers.4.bias")


def test_predictions_are_the_reported_ones_and_inputs_are_scaled_as_before(tmp_path: Path, source: Path) -> None:
    """The standardization is that of the first run, not of the new data."""
    run = api.train(*HIGH, f"weights={source}", output_dir=tmp_path).directory
    test = Digits(size=8, classes=[5, 6, 7, 8]).splits["test"]
    found = nnzoo.predict(run, test.x.numpy())["prediction"]
    reported = RunDirectory(run).results()["test/best"]["errors"]
    assert (found != np.array([5, 6, 7, 8])[test.y.numpy()]).sum() == reported
    ours, theirs = (nnzoo.load(each).transforms.state_dict()["standardize"] for each in (run, source))
    assert all(torch.equal(ours[name], theirs[name]) for name in ("mean", "scale"))
    assert nnzoo.evaluate(run) == RunDirectory(run).results()


def test_without_training_it_is_the_same_network(tmp_path: Path, source: Path) -> None:
    result = api.train(*LOW, "trainer.max_epochs=0", weights=source, output_dir=tmp_path)
    assert result.metrics["test/last"] == RunDirectory(source).results()["test/best"]
    last = source / "checkpoints" / "last.ckpt"
    result = api.train(*LOW, "trainer.max_epochs=0", f"weights={last}", output_dir=tmp_path)
    assert result.metrics["test/last"] == RunDirectory(source).results()["test/last"]


def test_a_resumed_run_does_not_need_the_first_one(tmp_path: Path, source: Path) -> None:
    copy = shutil.copytree(source, tmp_path / "copy")
    settings = (*HIGH, f"weights={copy}", "freeze=[layers.0]", "optimizer=momentum")
    whole = api.train(*settings, "trainer.max_epochs=2", output_dir=tmp_path / "whole").directory
    api.train(*settings, output_dir=tmp_path / "parts")
    shutil.rmtree(copy)
    part = only(tmp_path / "parts")
    api.resume(part, "trainer.max_epochs=2")
    assert_same_outcome(whole, part)
    with pytest.raises(UserError, match=r"^weights: .*copy does not exist$"):
        api.rerun(part)


def test_a_rerun_notes_other_weights(tmp_path: Path, source: Path) -> None:
    copy = shutil.copytree(source, tmp_path / "copy")
    run = api.train(*HIGH, f"weights={copy}", output_dir=tmp_path).directory
    assert api.rerun(run).metrics == RunDirectory(run).results()
    shutil.copy(copy / "checkpoints" / "last.ckpt", copy / "checkpoints" / "best.ckpt")
    api.resume(copy, "trainer.max_epochs=2")
    with pytest.warns(DataWarning, match=r"^weights=.* are not those with which the run began; the metrics will"):
        api.rerun(run)


def test_a_vectorized_sweep_begins_with_the_weights(tmp_path: Path, source: Path) -> None:
    frozen = ("freeze=['layers.[02]']", f"weights={source}", "sweep.vectorized=true")
    found = nnzoo.sweep(*HIGH, *frozen, params={"optimizer.lr": [0.1, 0.01]}, output_dir=str(tmp_path))
    for run in found.runs["run"]:
        after, before = weights(found.directory / run), weights(source, "best")
        assert torch.equal(after["net.model.layers.0.weight"], before["net.model.layers.0.weight"])


def test_a_deeper_network_grows_from_a_shallower_one(tmp_path: Path, source: Path) -> None:
    deeper = [line.replace("[6,5]", "[6,5,5]") for line in LOW]
    result = api.train(*deeper, "trainer.max_epochs=0", f"weights={source}", "weights_by=order", output_dir=tmp_path)
    grown, before = weights(result.directory), weights(source, "best")
    for mine, theirs in ((0, 0), (2, 2), (6, 4)):
        assert torch.equal(grown[f"net.model.layers.{mine}.weight"], before[f"net.model.layers.{theirs}.weight"])
    assert result.weights.endswith("new: layers.4.weight, layers.4.bias")


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["~transforms"], r"were trained with transforms=standardize, not null; use the same$"),
        (["transforms.standardize.per=channel"], r"^transforms\.standardize\.per is channel; weights=.* with feature$"),
        (["model.hidden=[6,4]"], r"are those of another network: its layers\.2\.weight is \(5, 6\), here it is \(4, 6"),
        (["model.hidden=[6,5,5]"], r"are those of another network: it has no layers\.6\.weight, layers\.6\.bias; "),
        (["weights=nowhere"], "^weights: (no run 'nowhere' in .*|nowhere does not exist)$"),
        (["freeze=[]"], r"^freeze is \[\]; it is a list of name patterns, \[layers\.0\]$"),
        (["weights_by=orders"], "^unknown weights_by 'orders'; did you mean 'order'"),
        (["weights_by=[3]"], r"^weights_by is \[3\]; as a list it has two numbers of layers"),
        (["weights_digest=1"], "^weights_digest is filled in by nnzoo; leave it out$"),
        (["weights=null", "weights_by=order"], "^weights_by has no effect without weights=RUN; leave it out$"),
    ],
)
def test_weights_that_do_not_fit_are_refused(tmp_path: Path, source: Path, overrides: list[str], message: str) -> None:
    with pytest.raises(UserError, match=message):
        api.train(*HIGH, f"weights={source}", *overrides, output_dir=tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_run_is_named_as_in_other_commands(tmp_path: Path) -> None:
    first = api.train(*LOW, "name=first", output_dir=tmp_path).directory
    for name in ("first", first.name, first.name.rpartition("-")[2]):
        result = api.train(*LOW, "trainer.max_epochs=0", f"weights={name}", output_dir=tmp_path)
        assert RunDirectory(result.directory).config()["weights"] == str(first.resolve())
    with pytest.raises(UserError, match=r"^weights: no run 'frist' in .*; did you mean 'first'"):
        api.train(*LOW, "weights=frist", output_dir=tmp_path)


IMAGES = ("model=googlenet_small", "model.modules=[[[4,4,4,4,4,4]]]", "data=digits", "data.train=60", *SMALL)


def test_a_network_that_averages_its_maps_goes_on_with_larger_images(tmp_path: Path) -> None:
    """It is the same function: that of the first run, applied to the larger images."""
    settings = (*IMAGES, "transforms=standardize", "transforms.standardize.per=channel")
    small = api.train(*settings, "data.size=8", "trainer.max_epochs=1", "name=small", output_dir=tmp_path).directory
    large = api.train(*settings, "data.size=12", "trainer.max_epochs=0", "weights=small", output_dir=tmp_path)
    before, after = nnzoo.load(small), nnzoo.load(large.directory)
    x = Digits(size=12).splits["test"].x[:5]
    found = nnzoo.predict(large.directory, x.numpy())["output"]
    with torch.no_grad():
        expected = before.model(before.transforms(before.preprocessing.scaled(x)))
    np.testing.assert_allclose(found, expected.numpy(), rtol=1e-5, atol=1e-6)
    assert all(torch.equal(p, q) for p, q in zip(before.parameters(), after.parameters(), strict=True))
    trained = api.train(*settings, "data.size=12", "trainer.max_epochs=1", "weights=small", output_dir=tmp_path)
    assert not all(
        torch.equal(p, q) for p, q in zip(after.parameters(), nnzoo.load(trained.directory).parameters(), strict=True)
    )


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (
            ["model=lenet5"],
            r" are of a network for 16x16 images, here they are 20x20 \(its layers\.7\.weight is .*"
            r"; networks that average their maps, such as resnet20, go on with another size$",
        ),
        (
            ["transforms=standardize"],
            r"^transforms\.standardize of weights=.* has statistics of each pixel of 16x16 images, here they ",
        ),
    ],
)
def test_networks_of_one_size(tmp_path: Path, overrides: list[str], message: str) -> None:
    settings = [line for line in IMAGES if overrides[0] != "model=lenet5" or not line.startswith("model")]
    settings += overrides
    first = api.train(*settings, "data.size=16", "trainer.max_epochs=0", output_dir=tmp_path).directory
    with pytest.raises(UserError, match=message):
        api.train(*settings, "data.size=20", f"weights={first}", output_dir=tmp_path)


def test_an_initialization_that_nothing_keeps_is_refused(tmp_path: Path, source: Path) -> None:
    with pytest.raises(UserError, match=r"^init=he has no effect: weights=.* replace all layers; leave it out$"):
        api.train(*LOW, "init=he", f"weights={source}", output_dir=tmp_path)
    result = api.train(*HIGH, "init=he", "trainer.max_epochs=0", f"weights={source}", output_dir=tmp_path)
    assert "new: " in result.weights  # the last layer is initialized


def test_an_initialization_of_the_network_file_is_no_mistake(tmp_path: Path) -> None:
    perceptron = ("model=perceptron", "data=iris", "trainer.max_epochs=1", *SMALL)
    first = api.train(*perceptron, output_dir=tmp_path).directory
    assert "4 of" not in api.train(*perceptron, f"weights={first}", output_dir=tmp_path).weights


def test_other_scaling_of_a_table_is_refused(tmp_path: Path) -> None:
    frame = pd.DataFrame({"size": np.arange(30.0), "kind": ["a", "b"] * 15})
    settings = ("model=linear", "trainer.max_epochs=1", *SMALL)
    run = api.train(*settings, data=frame, target="kind", output_dir=tmp_path).directory
    other = frame.assign(size=frame["size"] + 5)
    with pytest.raises(
        UserError, match=r"trained on other inputs: columns 1 size: mean .*, now .*; for both runs, data"
    ):
        api.train(*settings, f"weights={run}", data=other, target="kind", output_dir=tmp_path)
    api.train(*settings, f"weights={run}", data=frame, target="kind", output_dir=tmp_path)


def test_a_network_from_python_keeps_its_weights(tmp_path: Path, source: Path) -> None:
    with pytest.raises(UserError, match=r"^weights has no effect: the network from Python keeps its own; leave it out"):
        api.train(*LOW[2:], f"weights={source}", model=torch.nn.Linear(64, 5), output_dir=tmp_path)
