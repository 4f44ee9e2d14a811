"""A member: its hooks, checkpoints and ends, without a group."""

import signal
from collections import OrderedDict
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import pytorch_lightning as pl
import torch
from nnzoo.callbacks.last import LastCheckpoint
from nnzoo.runs.checkpoint import Checkpoint
from nnzoo.runs.directory import RunDirectory
from nnzoo.runs.signals import Interrupted
from nnzoo.tasks.random_state import is_same_state, random_state
from nnzoo.training import trainers
from nnzoo.training.members.member import own_containers, take
from torch import nn
from torch.testing import assert_close

from tests.support.members import begun, member


def test_containers_of_a_checkpoint_are_its_own() -> None:
    weight = torch.ones(2)
    config = {"model": {"hidden": [3]}}
    content = {"a": [{"b": [1, 2]}, weight], "own": OrderedDict(x=1), "config": config, "random": config}
    found = own_containers(content)
    assert found == content
    assert found["a"][1] is weight
    assert isinstance(found["own"], OrderedDict)
    for one, other in ((found, content), (found["a"], content["a"]), (found["a"][0]["b"], content["a"][0]["b"])):
        assert one is not other
    assert found["config"] is config
    assert found["random"] is config


def test_a_callback_is_taken_from_a_list() -> None:
    first, last, timer = pl.Callback(), LastCheckpoint(), pl.callbacks.Timer()
    callbacks = [first, last, timer]
    assert take(callbacks, LastCheckpoint) is last
    assert callbacks == [first, timer]
    assert take(callbacks, LastCheckpoint) is None
    assert callbacks == [first, timer]


@pytest.mark.parametrize(
    ("epoch", "step", "stopped", "overrides", "expected"),
    [
        (2, 7, False, (), False),
        (3, 7, False, (), True),
        (2, 7, True, (), True),
        (2, 7, False, ("trainer.max_steps=7",), True),
        (2, 6, False, ("trainer.max_steps=7",), False),
        (9, 7, False, ("trainer.max_epochs=-1", "trainer.max_steps=8"), False),
    ],
)
def test_whether_a_run_had_ended(
    tmp_path: Path, epoch: int, step: int, stopped: bool, overrides: tuple[str, ...], expected: bool
) -> None:
    """The default is 3 epochs."""
    made = member(tmp_path, 0, *overrides)
    made.checkpoint = SimpleNamespace(ours={"stopped": stopped}, epoch=epoch, step=step)  # type: ignore[assignment]
    assert made.has_ended is expected


class Seen(pl.Callback):
    """Notes the hooks that are called."""

    def __init__(self) -> None:
        self.hooks: list[str] = []

    def on_train_epoch_end(self, trainer: pl.Trainer, task: pl.LightningModule) -> None:
        self.hooks.append("epoch end")

    def on_train_end(self, trainer: pl.Trainer, task: pl.LightningModule) -> None:
        self.hooks.append("train end")


class Monitor(Seen, pl.callbacks.Checkpoint):
    """A callback that Lightning calls last."""


def test_hooks_of_callbacks(tmp_path: Path) -> None:
    (made,) = begun(tmp_path, number=1)
    other, monitor = Seen(), Monitor()
    made.trainer.callbacks = [monitor, pl.Callback(), other]
    assert made.hooks("on_train_epoch_end") == [monitor.on_train_epoch_end, other.on_train_epoch_end]
    assert made.hooks("on_train_epoch_end", monitors=True) == [monitor.on_train_epoch_end]
    assert made.hooks("on_train_epoch_end", monitors=False) == [other.on_train_epoch_end]
    assert made.hooks("on_fit_end") == []
    calls: list[Any] = []
    made.task.on_train_end = lambda: calls.append([*other.hooks])  # type: ignore[method-assign]
    made.call("on_train_end")
    assert calls == [["train end"]]


def test_the_beginning(tmp_path: Path) -> None:
    (made,) = begun(tmp_path, number=1)
    assert made.directory.status() == "running"
    assert made.directory.config()["seed"] == 0
    assert made.directory.overrides() == ["seed=0"]
    assert made.directory.data()["sizes"]["train"] == 108
    assert made.last is not None
    assert made.last not in made.trainer.callbacks
    assert made.last.every_seconds == 5.0
    assert [*made.trainer.optimizers] == made.optimizers
    assert made.task.metric_log.unwritten == []
    assert made.task.trainer is made.trainer


def test_numbers_of_64_bits(tmp_path: Path) -> None:
    (made,) = begun(tmp_path, "trainer.precision=64-true", number=1)
    assert {p.dtype for p in made.task.net.parameters()} == {torch.float64}


def test_epochs(tmp_path: Path) -> None:
    (made,) = begun(tmp_path, "scheduler=step", number=1)
    made.task.metric_log.latest = {"old": 1.0}
    made.optimizers[0].param_groups[0]["lr"] = 0.125
    made.trainer.current_epoch = 1
    made.start_epoch()
    assert made.task.metric_log.latest == {}
    assert made.task.lr == 0.125
    assert made.task.cursor is not None
    assert made.task.cursor.epoch == 1
    made.count(2)
    made.count(1)
    assert (made.task.cursor.steps_done, made.trainer.global_step) == (3, 3)
    made.end_validation({"loss": 0.5, "acc": 0.75, "errors": 3.0})
    assert made.trainer.metrics["val/loss"] == 0.5
    assert made.best is not None
    assert made.end_epoch({"loss": 0.25, "acc": 1.0, "errors": 0.0}) is False
    assert made.trainer.metrics["train/loss"] == 0.25
    assert made.trainer.current_epoch == 2
    assert made.end_epoch({"loss": 0.25, "acc": 1.0, "errors": 0.0}) is True


def test_monitors_of_training_metrics_see_those_of_the_epoch(tmp_path: Path) -> None:
    """Other callbacks are called before they are known."""
    (made,) = begun(tmp_path, number=1)
    seen: list[Any] = []
    made.at_epoch_end = [lambda trainer, task: seen.append(trainer.metrics.get("train/loss"))]
    made.after_epoch = [lambda trainer, task: seen.append((trainer.metrics.get("train/loss"), trainer.current_epoch))]
    made.start_epoch()
    made.end_epoch({"loss": 0.25, "acc": 1.0, "errors": 0.0})
    assert seen == [None, (0.25, 0)]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, False),
        ({"should_stop": True}, True),
        ({"max_steps": 9}, True),
        ({"max_steps": 10}, False),
        ({"max_epochs": 5}, True),
        ({"max_epochs": 6}, False),
        ({"max_epochs": 0}, True),
        ({"max_steps": 0}, True),
    ],
)
def test_when_a_run_has_ended(tmp_path: Path, changes: dict[str, Any], expected: bool) -> None:
    (made,) = begun(tmp_path, number=1)
    made.at_epoch_end = made.after_epoch = []
    vars(made.trainer).update({"current_epoch": 4, "global_step": 9, "max_epochs": -1, "max_steps": -1, **changes})
    assert made.end_epoch({"loss": 0.25, "acc": 1.0, "errors": 0.0}) is expected


def test_a_checkpoint_continues(tmp_path: Path) -> None:
    """What is saved is a copy, and a member that begins with it is where the first was."""
    schedule = ("scheduler=step", "optimizer=momentum", "callbacks=early_stopping")
    (made,) = begun(tmp_path, *schedule, number=1)
    made.start_epoch()
    for p in made.task.net.parameters():
        p.grad = torch.ones_like(p)
    made.optimizers[0].step()
    made.schedules[0].step()
    made.count(2)
    made.end_validation({"loss": 0.5, "acc": 0.75, "errors": 3.0})
    made.trainer.should_stop = True
    made.trainer.current_epoch = 1
    stored: list[int] = []
    made.store = lambda: stored.append(1)
    torch.manual_seed(7)
    made.random = random_state()
    made.save_last()
    assert stored == [1]
    weights = {name: value.clone() for name, value in made.task.state_dict().items()}
    state = {name: value.clone() for name, value in made.optimizers[0].state_dict()["state"][0].items()}
    for p in made.task.net.parameters():
        p.grad = torch.ones_like(p)
    made.optimizers[0].step()
    path = made.directory.checkpoint("last")
    assert not path.is_file()
    made.write_files()
    found = Checkpoint.read(path)
    assert found.content["pytorch-lightning_version"] == pl.__version__
    assert (found.content["epoch"], found.content["global_step"]) == (1, 2)
    assert_close(dict(found.content["state_dict"]), weights)

    other = member(tmp_path, 1, *schedule)
    other.checkpoint = found
    with trainers.quiet_lightning():
        other.begin(trainers.build_evaluator(other.plan))
    assert_close(dict(other.task.state_dict()), weights)
    assert_close(other.optimizers[0].state_dict()["state"][0], state)
    assert other.schedules[0].state_dict() == made.schedules[0].state_dict()
    assert other.trainer.should_stop
    assert (other.trainer.current_epoch, other.trainer.global_step) == (found.epoch, 2)
    assert other.task.cursor is not None
    assert other.task.cursor.steps_done == 2
    assert is_same_state(other.random, made.random)
    kept = [each for each in other.trainer.callbacks if isinstance(each, pl.callbacks.ModelCheckpoint)]
    assert kept[0].best_model_score == 0.75
    stop = other.trainer.early_stopping_callbacks[0]
    assert stop.best_score == made.trainer.early_stopping_callbacks[0].best_score


def test_no_last_checkpoint_without_its_callback(tmp_path: Path) -> None:
    (made,) = begun(tmp_path, "~callbacks.last", number=1)
    made.end_training()
    assert made.files.pending == {}


def test_the_end_of_training(tmp_path: Path) -> None:
    (made,) = begun(tmp_path, number=1)
    hooks: list[str] = []
    made.call = lambda hook: hooks.append(hook)  # type: ignore[method-assign, assignment, misc]
    made.end_training()
    assert hooks == ["on_train_end", "on_fit_end"]
    assert made.files.stored(made.directory.checkpoint("last")) is not None


def test_best_weights_in_memory_and_in_a_file(tmp_path: Path) -> None:
    (made,) = begun(tmp_path, number=1)
    assert made.best is None
    made.count(1)
    made.end_validation({"loss": 0.5, "acc": 0.75, "errors": 3.0})
    expected = {name: value.clone() for name, value in made.task.state_dict().items()}
    with torch.no_grad():
        for p in made.task.net.parameters():
            p.add_(1)
    assert_close(made.best, expected)
    made.write_files()
    assert made.files.pending == {}
    assert_close(made.best, expected)


def test_a_run_that_diverges_or_is_interrupted(tmp_path: Path) -> None:
    first, second = begun(tmp_path)
    closed: list[str] = []
    for made in (first, second):
        made.end_validation({"loss": 0.5, "acc": 0.75, "errors": 3.0})
        made.save_last()
        made.trainer.current_epoch = 4
        for logger in made.trainer.loggers:
            logger.finalize = closed.append  # type: ignore[method-assign, assignment]
    first.diverge("val", float("inf"))
    assert first.result is not None
    assert first.result.status == "diverged"
    assert first.result.message.startswith("val/loss is inf in epoch 5")
    assert "Diverged: val/loss is inf in epoch 5" in first.directory.log_file.read_text()
    second.interrupt(Interrupted(signal.SIGTERM))
    assert second.result is not None
    assert (second.result.status, second.result.signal) == ("interrupted", signal.SIGTERM)
    for made in (first, second):
        assert made.directory.checkpoint("last").is_file()
        assert made.directory.metrics_file.is_file()
    assert closed == ["success"] * 4


def test_results(tmp_path: Path) -> None:
    (made,) = begun(tmp_path, number=1)
    made.save_last()
    ends: list[Any] = []
    made.call = lambda *given: ends.append(given)  # type: ignore[method-assign]
    for logger in made.trainer.loggers:
        logger.finalize = ends.append  # type: ignore[method-assign]
    made.conclude({"test/last": {"loss": 0.5}}, direct=False)
    assert ends == [("teardown", "fit"), "success", "success"]
    assert [*made.directory.path.glob("events*")]
    assert made.result is not None
    assert (made.result.status, made.result.engine) == ("done", "")
    assert made.result.metrics == made.directory.results() == {"test/last": {"loss": 0.5}}
    assert made.directory.checkpoint("last").is_file()
    assert RunDirectory(made.directory.path).status() == "done"


def test_other_weights_are_no_views_of_the_network(tmp_path: Path) -> None:
    (made,) = begun(tmp_path, number=1)
    made.save_last()
    before = [p.detach().clone() for p in made.task.net.parameters()]
    nn.init.zeros_(next(made.task.net.parameters()))
    content = made.files.stored(made.directory.checkpoint("last"))
    assert content is not None
    assert_close(next(iter(content["state_dict"].values())), before[0])
