"""Layers and networks whose weights do not change in training."""

import warnings
from pathlib import Path
from typing import Any

import nnzoo
import pytest
import torch
from nnzoo import api
from nnzoo.builders.data import build_data
from nnzoo.builders.tasks import build_task
from nnzoo.config.compose import compose
from nnzoo.errors import DataWarning
from sklearn.datasets import load_iris
from torch import Tensor, nn

from tests.support.runs import assert_same_outcome, only, weights

QUIET = {"data": "iris", "trainer.max_epochs": 1, "callbacks": "none", "logger": "none", "evaluate": []}
SMALL = ("trainer.accelerator=cpu", "trainer.threads=1", "~callbacks.figures", "~callbacks.boundaries")
MLP = ("model=mlp", "model.hidden=[4,3]", "data=iris", "trainer.max_epochs=2", *SMALL)
NORMALIZED = (*MLP, "model.norm=batch", "optimizer=momentum", "optimizer.lr=0.1", "optimizer.weight_decay=0.1")
FIRST = "freeze=['layers.[01]']"


def test_a_note_says_that_training_does_not_change_a_frozen_network(tmp_path: Path) -> None:
    net = nn.Linear(4, 3).requires_grad_(False)
    before = net.weight.clone()
    with pytest.warns(DataWarning, match=r"^all 2 parameters of the network are frozen \(requires_grad=False\): "):
        api.train(model=net, output_dir=tmp_path, **QUIET)
    assert torch.equal(net.weight, before)


@pytest.mark.parametrize("settings", [{"model": "threshold_mlp", "data": "consecutive_ones"}, {"model": "ridge"}])
def test_networks_that_learn_otherwise_or_are_given_have_no_note(settings: dict[str, str], tmp_path: Path) -> None:
    given = {key: value for key, value in (QUIET | settings).items() if key != "trainer.max_epochs"}
    with warnings.catch_warnings():
        warnings.simplefilter("error", DataWarning)
        api.train(output_dir=tmp_path, **given)


def initial(*overrides: str) -> dict[str, Tensor]:
    """Return the weights of a network before training."""
    config = api.plain(compose([*overrides]))
    return {f"net.{name}": value for name, value in build_task(config, build_data(config)).net.state_dict().items()}


def changed(before: dict[str, Tensor], after: dict[str, Tensor]) -> list[str]:
    return [name.removeprefix("net.model.") for name, value in after.items() if not torch.equal(value, before[name])]


@pytest.mark.parametrize("average", [(), ("callbacks=ema",), ("callbacks=swa", "callbacks.swa.start_epoch=0")])
def test_frozen_layers_are_equal_to_the_last_bit(tmp_path: Path, average: tuple[str, ...]) -> None:
    """With weight decay, momentum, averaged weights and running statistics, and in a resumed run."""
    settings = (*average, *NORMALIZED, FIRST)
    before = initial(*settings)
    run = api.train(*settings, output_dir=tmp_path).directory
    api.resume(run, "trainer.max_epochs=3")
    for which in ("best", "last"):
        assert {name.partition(".")[2][0] for name in changed(before, weights(run, which))} == set("346"), which


def test_running_statistics_go_on_where_that_is_chosen(tmp_path: Path) -> None:
    settings = (*NORMALIZED, FIRST, "update_frozen_statistics=true")
    found = changed(initial(*settings), weights(api.train(*settings, output_dir=tmp_path).directory))
    assert [name for name in found if name[7] in "01"] == [
        "layers.1.running_mean",
        "layers.1.running_var",
        "layers.1.num_batches_tracked",
    ]


def test_a_resumed_run_is_the_same(tmp_path: Path) -> None:
    whole = api.train(*NORMALIZED, FIRST, output_dir=tmp_path / "whole").directory
    api.train(*NORMALIZED, FIRST, "trainer.max_epochs=1", output_dir=tmp_path / "parts")
    part = only(tmp_path / "parts")
    api.resume(part, "trainer.max_epochs=2")
    assert_same_outcome(whole, part)


def test_steps_are_those_of_a_plain_loop_with_frozen_layers() -> None:
    """The frozen normalization uses the running statistics, and the gradient of the others passes through it."""
    config = api.plain(compose([*NORMALIZED, FIRST]))
    task = build_task(config, data := build_data(config))
    ours = task.net.model.layers
    torch.manual_seed(1)
    ours[1].running_mean.normal_()
    ours[1].running_var.uniform_(0.5, 2)
    layers = [nn.Linear(4, 4, bias=False), nn.BatchNorm1d(4), nn.ReLU(), nn.Linear(4, 3, bias=False)]
    theirs = nn.Sequential(*layers, nn.BatchNorm1d(3), nn.ReLU(), nn.Linear(3, 3))
    theirs.load_state_dict(ours.state_dict())
    theirs[1].eval()
    learned = [p for layer in theirs[2:] for p in layer.parameters()]
    optimizer = torch.optim.SGD(learned, lr=0.1, momentum=0.9, weight_decay=0.1)
    (mine,) = task.make_optimizers()
    task.train()
    for batch in data.train_loader(batch_size=20).epoch(0):
        loss = nn.functional.cross_entropy(theirs(batch.x), batch.y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        torch.testing.assert_close(task.update(batch, mine).loss, loss.detach())
    for (name, found), expected in zip(ours.state_dict().items(), theirs.state_dict().values(), strict=True):
        torch.testing.assert_close(found, expected, msg=name)


@pytest.mark.parametrize("pattern", ["layers.0", "layers.2.weight", "layers.[24].bias", "*.weight"])
def test_direct_steps_are_those_of_autograd(pattern: str) -> None:
    found = []
    for engine in ("direct", "autograd"):
        config = api.plain(compose([*MLP, f"trainer.engine={engine}", f"freeze=['{pattern}']"]))
        task = build_task(config, data := build_data(config))
        before = {name: p.clone() for name, p in task.net.named_parameters()}
        optimizers = task.make_optimizers()
        for batch in data.train_loader(batch_size=20).epoch(0):
            task.update(batch, *optimizers)
        assert (task.direct is not None) == (engine == "direct")
        learned = {name for name, p in task.net.named_parameters() if p.requires_grad}
        assert {name for name, p in task.net.named_parameters() if not torch.equal(p, before[name])} == learned
        found.append([p.detach() for p in task.net.parameters()])
    torch.testing.assert_close(*found)


def test_runs_of_a_vectorized_sweep_keep_frozen_layers(tmp_path: Path) -> None:
    settings: dict[str, Any] = {"params": {"optimizer.lr": [0.1, 0.01]}, "output_dir": str(tmp_path)}
    found = nnzoo.sweep(*MLP, "freeze=[layers.0]", "sweep.vectorized=true", **settings)
    before = initial(*MLP)
    for run in found.runs["run"]:
        names = changed(before, weights(found.directory / run))
        assert names == [f"layers.{i}.{name}" for i in (2, 4) for name in ("weight", "bias")]


def test_an_online_rule_leaves_a_frozen_bias(tmp_path: Path) -> None:
    settings = (
        "model=perceptron",
        "rule.online=true",
        "data=gaussians",
        "trainer.max_epochs=1",
        *SMALL,
        "freeze=['*.bias']",
    )
    run = api.train(*settings, output_dir=tmp_path).directory
    assert changed(initial(*settings), weights(run)) == ["linear.weight"]


def test_estimators_freeze(tmp_path: Path) -> None:
    x, y = load_iris(return_X_y=True)
    settings = {"model.hidden": [4], "freeze": ["layers.0"]}
    found = [
        nnzoo.NNZooClassifier("mlp", max_epochs=epochs, settings=settings, random_state=0).fit(x, y).network_.model
        for epochs in (1, 3)
    ]
    first, last = ([net.layers[i].weight for net in found] for i in (0, 2))  # type: ignore[index, union-attr]
    assert torch.equal(*first)
    assert not torch.equal(*last)
