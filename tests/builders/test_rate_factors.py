"""Factors of the learning rate by name pattern, against torch's optimizers with groups of parameters."""

from functools import partial
from pathlib import Path

import nnzoo
import pytest
import torch
from nnzoo import api
from nnzoo.builders.data import build_data
from nnzoo.builders.tasks import build_task
from nnzoo.config.compose import compose
from nnzoo.errors import UserError
from sklearn.datasets import load_iris
from torch import nn

from tests.support.built import built
from tests.support.runs import assert_same_outcome, only

SMALL = ("trainer.accelerator=cpu", "trainer.threads=1", "~callbacks.figures", "~callbacks.boundaries")
MLP = ("model=mlp", "data=iris", "model.hidden=[4,3]", *SMALL)
FACTORS = "lr_factors={layers.0: 0.1, '*.bias': 2}"


@pytest.mark.parametrize("engine", ["direct", "autograd"])
@pytest.mark.parametrize("name", ["momentum", "adam"])
def test_steps_are_those_of_groups_of_parameters(name: str, engine: str) -> None:
    config = api.plain(compose([*MLP, FACTORS, f"optimizer={name}", "optimizer.lr=0.1", f"trainer.engine={engine}"]))
    task = build_task(config, data := build_data(config))
    theirs = nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 3))
    theirs.load_state_dict(task.net.model.layers.state_dict())
    rates = {"0.weight": 0.01, "2.weight": 0.1, "4.weight": 0.1, "0.bias": 0.2, "2.bias": 0.2, "4.bias": 0.2}
    groups = [{"params": [p], "lr": rates[name]} for name, p in theirs.named_parameters()]
    make = {"momentum": partial(torch.optim.SGD, momentum=0.9), "adam": torch.optim.Adam}[name]
    optimizer = make(groups)
    (mine,) = task.make_optimizers()
    for batch in data.train_loader(batch_size=30).epoch(0):
        loss = nn.functional.cross_entropy(theirs(batch.x), batch.y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        torch.testing.assert_close(task.update(batch, mine).loss.detach(), loss.detach())
    for found, expected in zip(task.net.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(found, expected)


def test_the_last_pattern_counts_and_schedules_scale_all_groups() -> None:
    settings = ("optimizer.lr=0.1", "scheduler=exponential", "scheduler.gamma=0.5")
    task = built(*MLP, "lr_factors={'*': 0.5, layers.4: 10}", *settings)
    (optimizer,), (schedule,) = task.configure_optimizers()
    assert [group["lr"] for group in optimizer.param_groups] == pytest.approx([0.05, 1.0])
    assert [len(group["params"]) for group in optimizer.param_groups] == [4, 2]
    optimizer.step()
    schedule.step()
    assert [group["lr"] for group in optimizer.param_groups] == pytest.approx([0.025, 0.5])


def test_other_weights_have_the_rate_of_the_optimizer_and_come_first() -> None:
    (optimizer,) = built(*MLP, "lr_factors={layers.0: 0.1}", "optimizer.lr=0.2").make_optimizers()
    assert [group["lr"] for group in optimizer.param_groups] == pytest.approx([0.2, 0.02])
    (generator, discriminator) = built("model=gan", "data=ring", "lr_factors={discriminator: 0.5}").make_optimizers()
    assert discriminator.param_groups[0]["lr"] == pytest.approx(2 * generator.param_groups[0]["lr"])


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        (
            "lr_factors={layer.0: 0.1}",
            r"^unknown layer or parameter in lr_factors 'layer\.0'; did you mean 'layers\.0'",
        ),
        ("lr_factors={layers.1: 0.1}", r"^lr_factors: 'layers\.1' has no effect: what it matches has no parameters"),
        ("lr_factors={layers.0: 0}", "a factor must be above 0 and finite; freeze="),
        ("lr_factors={layers.0: fast}", "layers.0 has fast; a factor must be above 0 and finite$"),
        ("lr_factors={layers.0: 2, '*': 3}", r"^lr_factors: 'layers\.0' has no effect: later patterns match the same"),
        ("lr_factors=3", "^lr_factors is 3; it is a mapping from name patterns to factors"),
        ("lr_factors={}", "^lr_factors is {}; it is a mapping from name patterns to factors"),
    ],
)
def test_factors_without_effect_are_refused(setting: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        built(*MLP, setting)


def test_factors_of_frozen_layers_and_of_tasks_without_steps_are_refused() -> None:
    with pytest.raises(
        UserError, match=r"^lr_factors: 'layers\.0' has no effect: all that it matches is frozen; leave"
    ):
        built(*MLP, "lr_factors={layers.0: 2}", "freeze=[layers.0]")
    with pytest.raises(UserError, match=r"^lr_factors has no effect with task 'ridge'"):
        built("model=ridge", "data=iris", "lr_factors={linear: 2}")


def test_a_schedule_that_sets_the_rates_is_refused(tmp_path: Path) -> None:
    cycle = {"scheduler": partial(torch.optim.lr_scheduler.OneCycleLR, max_lr=0.1, total_steps=100)}
    with pytest.raises(
        UserError, match=r"^scheduler OneCycleLR sets the same learning rate for all parameters, so that"
    ):
        api.train(*MLP, FACTORS, **cycle, output_dir=tmp_path)


def test_a_resumed_run_is_the_same(tmp_path: Path) -> None:
    settings = (*MLP, FACTORS, "optimizer=momentum", "trainer.max_epochs=2")
    whole = api.train(*settings, output_dir=tmp_path / "whole").directory
    api.train(*settings, "trainer.max_epochs=1", output_dir=tmp_path / "parts")
    api.resume(part := only(tmp_path / "parts"), "trainer.max_epochs=2")
    assert_same_outcome(whole, part)


def test_estimators_take_factors() -> None:
    x, y = load_iris(return_X_y=True)
    settings = {"model.hidden": [4], "lr_factors": {"layers.0": 1e-12}, "init": {"*": "he"}}
    found = [
        nnzoo.NNZooClassifier("mlp", max_epochs=epochs, settings=settings, random_state=0).fit(x, y).network_.model
        for epochs in (1, 3)
    ]
    first, last = ([net.layers[i].weight for net in found] for i in (0, 2))  # type: ignore[index, union-attr]
    torch.testing.assert_close(*first)
    assert not torch.allclose(*last)


def test_an_online_rule_takes_steps_one_by_one(tmp_path: Path) -> None:
    settings = ("model=perceptron", "rule.online=true", "data=gaussians", "trainer.max_epochs=1", *SMALL)
    slow = api.train(*settings, "lr_factors={'*.bias': 1e-9}", output_dir=tmp_path).directory
    frozen = api.train(*settings, "freeze=['*.bias']", output_dir=tmp_path).directory
    torch.testing.assert_close(*(api.load(run).model.linear.weight for run in (slow, frozen)))
