"""Which runs can be trained at once, and why others cannot."""

import json
from copy import deepcopy
from dataclasses import replace
from functools import cache
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from nnzoo.api import plain
from nnzoo.builders.data import build_data
from nnzoo.builders.tasks import build_task
from nnzoo.config.compose import compose
from nnzoo.spec import DataSpec
from nnzoo.tasks.random_state import is_same_state, random_state
from nnzoo.training.members import compatibility
from nnzoo.training.members.compatibility import (
    differences,
    draws_random_numbers,
    is_free,
    position,
    restore,
    shown_by_members,
    signature,
    why_alone,
    why_task_alone,
)
from nnzoo.training.plan import Plan
from torch import nn
from torch.optim import SGD

NETWORK = ("model.hidden=[3]",)


@cache
def config(*overrides: str) -> dict[str, Any]:
    return plain(compose(["data=iris", "model=mlp", *(overrides or NETWORK)]))


def plan(*overrides: str) -> Plan:
    found = config(*overrides)
    data = build_data(found)
    return Plan(found, data, build_task(found, data))


@pytest.mark.parametrize(
    "key",
    [
        "optimizer",
        "optimizer.lr",
        "optimizer.betas",
        "scheduler.T_max",
        "scheduler.step_size",
        "penalties.l2.weight",
        "seed",
        "data.seed",
        "callbacks.early_stopping.patience",
        "callbacks.ema",
        "choices.model",
        "evaluate",
        "fold",
        "init",
        "init.weight",
        "name",
        "output_dir",
        "trial",
        "allow",
    ],
)
def test_settings_in_which_members_may_differ(key: str) -> None:
    assert is_free(key) is True


@pytest.mark.parametrize(
    "key",
    [
        "optimizer._target_",
        "optimizer.nesterov",
        "optimizer.amsgrad",
        "optimizer.maximize",
        "scheduler",
        "scheduler._target_",
        "scheduler.interval",
        "penalties.l2._target_",
        "penalties.l2.norm",
        "penalties",
        "callbacks.best._target_",
        "callbacks.best.monitor",
        "callbacks.last.every_seconds",
        "model.hidden",
        "data",
        "data.val",
        "data.seeds",
        "loss.name",
        "seeds",
        "trainer.max_epochs",
    ],
)
def test_settings_in_which_they_may_not(key: str) -> None:
    assert is_free(key) is False


def test_signature_and_differences() -> None:
    first = {"optimizer": {"_target_": "SGD", "lr": 0.1}, "model": {"hidden": [4]}, "seed": 0}
    second = {"optimizer": {"_target_": "SGD", "lr": 0.2}, "model": {"hidden": [4]}, "seed": 1}
    third = {"optimizer": {"_target_": "Adam", "lr": 0.2}, "model": {"hidden": [5], "bias": None}, "data": {"val": 1}}
    assert signature(first) == signature(second) != signature(third)
    assert json.loads(signature(third)) == {
        "optimizer._target_": "Adam",
        "model.hidden": [5],
        "model.bias": None,
        "data.val": 1,
    }
    assert differences([first, second]) == []
    assert differences([first, second, third]) == ["optimizer._target_", "model.hidden", "data.val"]
    signature({"model": {"object": object()}})  # what is no plain data has a text


def test_callbacks_of_members() -> None:
    """The others only show something; null removes a callback."""
    stop, shown = {"_target_": "pytorch_lightning.callbacks.EarlyStopping"}, {"_target_": compatibility.LEFT_OUT[0]}
    assert shown_by_members({"stop": stop, "progress": shown, "best": None}) == {"stop": stop}


@pytest.mark.parametrize(
    ("section", "changes", "reason"),
    [
        ("trainer", {"precision": "64-true"}, None),
        ("trainer", {"precision": "16-mixed"}, "trainer.precision=16-mixed"),
        ("trainer", {"compile": True}, "trainer.compile=True"),
        ("trainer", {"truncated_bptt_steps": 3}, "trainer.truncated_bptt_steps=3"),
        ("trainer", {"devices": 2}, "trainer.devices=2"),
        ("trainer", {"cuda_graphs": True}, "trainer.cuda_graphs=True"),
        ("trainer", {"channels_last": False}, None),
        ("trainer", {"channels_last": True}, "trainer.channels_last=True"),
        ("trainer", {"matmul_precision": "high"}, "trainer.matmul_precision=high"),
        ("trainer", {"accumulate_grad_batches": 1}, None),
        ("trainer", {"accumulate_grad_batches": 2}, "trainer.accumulate_grad_batches=2"),
        ("trainer", {"gradient_clip_algorithm": "temporal"}, None),
        ("trainer", {"gradient_clip_val": 1.0}, None),
        (
            "trainer",
            {"gradient_clip_val": 1.0, "gradient_clip_algorithm": "temporal"},
            "trainer.gradient_clip_algorithm=temporal",
        ),
        ("callbacks", {"own": {"_target_": "nnzoo.callbacks.average.AveragedWeights"}}, "callbacks.own"),
        ("callbacks", {"own": {"_target_": "from_python.Mine"}}, "callbacks.own is an object from Python"),
        ("callbacks", {"own": None}, None),
        ("callbacks", {"own": {"_target_": "nnzoo.callbacks.samples.Samples"}}, None),
        ("logger", {"own": {"_target_": "nnzoo.callbacks.history.History"}}, None),
        ("logger", {"own": {"_target_": "nnzoo.callbacks.samples.Samples"}}, "logger.own"),
        ("logger", {"own": None}, None),
    ],
)
def test_reasons_in_a_config(section: str, changes: dict[str, Any], reason: str | None) -> None:
    changed = deepcopy(config())
    changed[section] |= changes
    assert why_alone(changed) == reason


def test_a_task_of_another_class_is_trained_alone() -> None:
    changed = deepcopy(config()) | {"task": {"_target_": compatibility.TASK}}
    assert why_alone(changed) is None
    changed |= {"task": {"_target_": "nnzoo.tasks.Own"}}
    changed["choices"]["task"] = "own"
    assert why_alone(changed) == "task 'own' does not take one gradient step after another"


def test_reasons_in_a_task(monkeypatch: pytest.MonkeyPatch) -> None:
    """4 features, 3 hidden units and 3 classes have 12 + 3 + 9 + 3 weights."""
    found = plan()
    optimizers = found.task.make_optimizers()
    monkeypatch.setattr(compatibility, "MAX_PARAMETERS", 27)
    assert why_task_alone(found, optimizers) is None
    monkeypatch.setattr(compatibility, "MAX_PARAMETERS", 26)
    assert why_task_alone(found, optimizers) == "the network has 27 parameters; above 26 nothing is won"
    monkeypatch.undo()
    assert why_task_alone(found, []) == "the network has no weights to train"
    assert why_task_alone(found, optimizers * 2) == "there are several optimizers"
    groups = [{"params": [p]} for p in found.task.net.parameters()]
    assert why_task_alone(found, [SGD(groups, lr=0.1)]) == "there are several learning rates"
    monkeypatch.setattr(found.data, "batch_kind", "contiguous")
    assert why_task_alone(found, optimizers) == "the data is contiguous text"
    monkeypatch.undo()
    monkeypatch.setattr(found.task.head, "teacher_forcing", True)
    assert why_task_alone(found, optimizers) == "the network reads its targets"
    monkeypatch.undo()
    monkeypatch.setattr(found.task, "spec", SimpleNamespace(partial=True))
    assert why_task_alone(found, optimizers) == "some targets are unknown"
    monkeypatch.undo()
    monkeypatch.setattr(compatibility, "Task", nn.Module)
    assert why_task_alone(found, optimizers) == "Task does not take one gradient step after another"


@pytest.mark.parametrize(("dropout", "expected"), [(0.0, False), (0.5, True)])
def test_random_numbers_of_a_network(dropout: float, expected: bool) -> None:
    """Neither the statistics of batch normalization nor the random numbers are changed."""
    found = plan(*NETWORK, "model.norm=batch", f"model.dropout={dropout}")
    buffers = {name: buffer.clone() for name, buffer in found.task.net.named_buffers()}
    assert buffers
    before = random_state()
    assert draws_random_numbers(found) is expected
    assert is_same_state(before, random_state())
    torch.testing.assert_close(dict(found.task.net.named_buffers()), buffers, rtol=0, atol=0)
    reason = "the network draws random numbers in training, such as dropout" if expected else None
    assert why_task_alone(found, found.task.make_optimizers()) == reason


def test_random_numbers_of_numpy() -> None:
    found = plan()
    compute = found.task.compute
    found.task.compute = lambda batch: (np.random.rand(), compute(batch))[1]  # type: ignore[method-assign]
    assert draws_random_numbers(found)


def test_buffers_are_set() -> None:
    net = nn.BatchNorm1d(2)
    restore(net, {name: buffer + 1 for name, buffer in net.named_buffers()})
    assert net.running_mean is not None
    assert net.running_mean.tolist() == [1, 1]
    assert net.num_batches_tracked == 1


def test_position_of_members() -> None:
    def place(checkpoint: Any = None, *, train: int = 5, frozen: bool = False, size: int = 2, **spec: Any) -> Any:
        net = nn.Linear(3, size)
        net.bias.requires_grad_(not frozen)
        given = replace(DataSpec("real", (3,), "real", 1, target_mean=(0.0,), target_scale=(1.0,)), **spec)
        data = SimpleNamespace(splits={"train": range(train), "val": range(2)})
        made: Any = SimpleNamespace(task=SimpleNamespace(net=net, spec=given), data=data)
        return position(made, checkpoint)

    def checkpoint(epoch: int = 3, done: int = 2, stopped: bool = False) -> Any:
        return SimpleNamespace(ours={"stream": {"epoch": epoch, "done": done}, "stopped": stopped})

    assert place() == place(target_mean=(5.0,), target_scale=(2.0,))
    assert place() == place(checkpoint(0, 0))
    assert place(checkpoint()) == place(checkpoint())
    others = [
        place(train=6),
        place(frozen=True),
        place(size=3),
        place(low=0.0),
        place(checkpoint()),
        place(checkpoint(epoch=4)),
        place(checkpoint(done=0)),
        place(checkpoint(stopped=True)),
    ]
    assert len({place(), *others}) == 9
