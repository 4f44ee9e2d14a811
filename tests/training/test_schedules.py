"""Schedules that do not fit a run."""

import math
import warnings
from pathlib import Path
from typing import Any

import pytest
from nnzoo import api
from nnzoo.config.compose import compose
from nnzoo.config.schema import Trainer
from nnzoo.errors import DataWarning, UserError
from nnzoo.tasks.base import Task
from nnzoo.tasks.components import Schedule
from nnzoo.training.schedules import check, run_length

from tests.support.built import built
from tests.support.runs import STEPS, rows, train


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (("scheduler.interval=step",), "scheduler.interval=step: a plateau schedule monitors a metric"),
        (("scheduler.monitor=val/acc",), "scheduler.mode=min: for val/acc, higher is better; set scheduler.mode=max"),
        (("scheduler.mode=max",), "scheduler.mode=max: for val/loss, lower is better; set scheduler.mode=min"),
    ],
)
def test_plateau(tmp_path: Path, overrides: tuple[str, ...], message: str) -> None:
    with pytest.raises(UserError, match=message):
        train(tmp_path, "scheduler=plateau", *overrides)
    assert list(tmp_path.iterdir()) == []


def test_plateau_of_a_metric_without_direction(tmp_path: Path) -> None:
    mean = "+metrics.mean._target_=torchmetrics.MeanMetric"
    train(tmp_path, mean, "scheduler=plateau", "scheduler.monitor=val/mean", "scheduler.mode=max", "evaluate=[]")


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (("scheduler.T_max=1",), r"scheduler.T_max=1 epochs: .* run takes 2; with T_max=2 it falls to the end"),
        (("scheduler.interval=step",), rf"scheduler.T_max=2 steps: .* run takes {2 * STEPS}; with T_max={2 * STEPS}"),
        (("trainer.max_steps=30", "scheduler.interval=step"), r"scheduler.T_max=2 steps: .* run takes 30; with"),
    ],
)
def test_warning_if_a_cosine_ends_before_the_run(tmp_path: Path, overrides: tuple[str, ...], message: str) -> None:
    with pytest.warns(DataWarning, match=message):
        train(tmp_path, "scheduler=cosine", *overrides, "evaluate=[]")


def test_resumed_run_keeps_the_length_of_the_schedule(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        directory = train(tmp_path, "scheduler=cosine", "evaluate=[]").directory
    with pytest.warns(DataWarning, match=r"run takes 4; .* \(cannot change in a resumed run\)"):
        api.resume(directory, "trainer.max_epochs=4")
    assert [round(float(row["lr"]), 6) for row in rows(directory)] == [0.001, 0.0005, 0.0, 0.0005]


def test_a_schedule_that_fails_ends_in_one_line(tmp_path: Path) -> None:
    cycle = "scheduler=torch.optim.lr_scheduler.OneCycleLR"
    with pytest.raises(UserError, match=r"^scheduler OneCycleLR fails: Tried to step 3 times\."):
        train(tmp_path, cycle, "scheduler.max_lr=0.1", "scheduler.total_steps=2", "trainer.max_epochs=3")


def test_run_length() -> None:
    assert run_length(Trainer(max_epochs=3, max_steps=-1), 10) == {"step": 30, "epoch": 3}
    assert run_length(Trainer(max_epochs=3, max_steps=12), 10) == {"step": 12, "epoch": 2}
    assert run_length(Trainer(max_epochs=-1, max_steps=100), 10) == {"step": 100, "epoch": 10}
    assert run_length(Trainer(max_epochs=-1, max_steps=-1), 10) == {"step": math.inf, "epoch": math.inf}


def test_warning_if_a_linear_schedule_ends_before_a_resumed_run(tmp_path: Path) -> None:
    run = train(tmp_path, "scheduler=linear", "trainer.max_epochs=1", "evaluate=[]").directory
    message = rf"scheduler=linear ends at step {STEPS}, .* up to step {2 * STEPS}, the learning rate is 0.004 times"
    with pytest.warns(DataWarning, match=message):
        api.resume(run, "trainer.max_epochs=2")


def planned(*overrides: str) -> tuple[dict[str, Any], Task]:
    settings = ["model=linear", "data=iris", "trainer.accelerator=cpu", *overrides]
    return api.plain(compose(settings)), built(*settings)


@pytest.mark.parametrize(
    ("settings", "length"),
    [
        (("scheduler.interval=epoch", "trainer.max_epochs=4"), 4),
        (("scheduler.interval=step", "trainer.max_epochs=4"), 40),
        (("scheduler.interval=step", "trainer.max_epochs=4", "trainer.max_steps=25"), 25),
        (("scheduler.interval=epoch", "trainer.max_epochs=4", "trainer.max_steps=25"), 3),
    ],
)
def test_a_cosine_must_not_be_shorter_than_the_run(settings: tuple[str, ...], length: int) -> None:
    config, task = planned("scheduler=cosine", *settings)
    for most in (length, length + 1):
        config["scheduler"]["T_max"] = most
        check(config, task, steps=10)  # warnings are errors
    config["scheduler"]["T_max"] = length - 1
    unit = settings[0].partition("=")[2]
    message = rf"^scheduler\.T_max={length - 1} {unit}s: .* the run takes {length}; with T_max={length} it falls to the"
    with pytest.warns(DataWarning, match=message):
        check(config, task, steps=10)


def test_other_schedules_are_not_checked() -> None:
    for settings in ((), ("scheduler=exponential",)):
        check(*planned(*settings, "trainer.max_epochs=4"), steps=10)
    config, task = planned("scheduler=cosine", "scheduler.T_max=1", "trainer.max_epochs=4")
    task.schedule = Schedule(task.schedule.make.func)  # a function or class without settings
    check(config, task, steps=10)


def test_a_plateau_of_the_training_loss_by_default() -> None:
    config, task = planned("scheduler=plateau", "scheduler.monitor=null", "scheduler.mode=max", "trainer.max_epochs=1")
    with pytest.raises(UserError, match=r"=max: for train/loss, lower is better; set scheduler\.mode=min$"):
        check(config, task, steps=10)
    del config["scheduler"]["mode"]
    check(config, task, steps=10)
    config, task = planned("scheduler=plateau", "scheduler.monitor=val/acc", "trainer.max_epochs=1")
    del config["scheduler"]["mode"]
    with pytest.raises(UserError, match=r"=min: for val/acc, higher is better; set scheduler\.mode=max$"):
        check(config, task, steps=10)
