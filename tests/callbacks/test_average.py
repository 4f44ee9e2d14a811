"""Averaged weights: computed by hand, for slices of any size, and in a resumed run."""

from pathlib import Path
from typing import Any

import pytest
import torch
from nnzoo import api
from nnzoo.api import plain
from nnzoo.builders.data import build_data
from nnzoo.builders.tasks import build_task
from nnzoo.callbacks.average import AveragedWeights
from nnzoo.config.compose import compose
from nnzoo.data.loader import Loader
from nnzoo.errors import UserError
from nnzoo.runs.directory import RunDirectory
from nnzoo.tasks.base import Task
from nnzoo.training import trainers
from nnzoo.training.plan import Plan
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from tests.support.runs import TINY, assert_same_outcome, checkpoint, only, same, train, weights

from .conftest import Fit
from .small_tasks import PLANE, make_task

STEPS = 8  # in an epoch
EMA = ("callbacks=ema", "callbacks.ema.decay=0.9", "optimizer=momentum", "optimizer.lr=0.05")


def network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3), nn.Linear(3, 3))


def record_weights(task: Task) -> list[dict[str, Tensor]]:
    """Return a list to which the weights are appended after each step."""
    steps: list[dict[str, Tensor]] = []
    task.after_step.append(lambda: steps.append({k: v.clone() for k, v in task.net.state_dict().items()}))
    return steps


@pytest.mark.parametrize("steps_per_slice", [1, 3, None])
@pytest.mark.parametrize(("decay", "every", "start"), [(0.8, 1, 0), (0.8, 3, 1), (None, 1, 1), (None, 2, 0)])
def test_average_by_hand(fit: Fit, decay: float | None, every: int, start: int, steps_per_slice: int | None) -> None:
    task = make_task(PLANE, network())
    task.steps_per_slice = steps_per_slice
    steps = record_weights(task)
    fit(task, [AveragedWeights(decay=decay, every_n_steps=every, start_epoch=start)])
    assert len(steps) == 3 * STEPS
    taken = [w for n, w in enumerate(steps, 1) if n > start * STEPS and n % every == 0]
    for name, value in task.net.state_dict().items():
        values = [w[name].double() for w in taken]
        if not value.is_floating_point():
            assert torch.equal(value, steps[-1][name])  # num_batches_tracked
            continue
        if decay is None:
            expected = torch.stack(values).mean(0)
        else:
            expected = values[0]
            for each in values[1:]:
                expected = decay * expected + (1 - decay) * each
        torch.testing.assert_close(value.double(), expected, rtol=1e-5, atol=1e-6)

    assert not torch.allclose(task.net.model[2].weight, steps[-1]["model.2.weight"])


def test_equals_torch(fit: Fit) -> None:
    task = make_task(PLANE, network())
    theirs = AveragedModel(task.net, multi_avg_fn=get_ema_multi_avg_fn(0.9))
    task.after_step.append(lambda: theirs.update_parameters(task.net))
    fit(task, [AveragedWeights(decay=0.9)])
    for ours, other in zip(task.net.parameters(), theirs.module.parameters(), strict=True):
        assert torch.equal(ours, other)


def test_averaging_does_not_change_training(fit: Fit) -> None:
    """The training weights are the same with and without averaging."""
    found = []
    for callbacks in ([], [AveragedWeights(decay=0.5)]):
        task = make_task(PLANE, network())
        found.append(record_weights(task))
        fit(task, callbacks)
    assert same(found[0], found[1])


def test_averaged_weights_are_validated(fit: Fit, monkeypatch: pytest.MonkeyPatch) -> None:
    """The arithmetic mean over the steps so far."""
    seen: list[tuple[int, Tensor]] = []
    task = make_task(PLANE, nn.Linear(2, 3))
    whole = Task.validation_step

    def validation_step(self: Task, *args: Any) -> None:
        seen.append((len(steps), self.net.state_dict()["model.weight"].clone()))
        whole(self, *args)

    monkeypatch.setattr(Task, "validation_step", validation_step)
    steps = record_weights(task)
    fit(task, [AveragedWeights(decay=None, start_epoch=1)])
    assert {count for count, _ in seen} == {STEPS, 2 * STEPS, 3 * STEPS}
    for count, weight in seen:
        taken = [w["model.weight"] for w in steps[STEPS:count]] or [steps[STEPS - 1]["model.weight"]]
        torch.testing.assert_close(weight, torch.stack(taken).mean(0))


class Tied(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.one = nn.Linear(2, 3)
        self.other = self.one

    def forward(self, x: Tensor) -> Tensor:
        return self.other(x)


def test_shared_weights_are_averaged_once(fit: Fit) -> None:
    task = make_task(PLANE, Tied())
    steps = record_weights(task)
    fit(task, [AveragedWeights(decay=None)])
    expected = torch.stack([w["model.one.weight"] for w in steps]).mean(0)
    torch.testing.assert_close(task.net.model.one.weight.detach(), expected)


def equal(one: Path, other: Path) -> None:
    assert_same_outcome(one, other)
    states = [checkpoint(run)["callbacks"]["AveragedWeights"] for run in (one, other)]
    assert same(*states)
    assert states[0]["updates"] == states[0]["steps"] == checkpoint(one)["global_step"]
    assert not same(states[0]["weights"]["model.layers.0.weight"], weights(one)["net.model.layers.0.weight"])


@pytest.mark.parametrize("steps", [52, 40])
def test_resumed_between_and_within_epochs(tmp_path: Path, steps: int) -> None:
    settings = (*EMA, "model.norm=batch", "trainer.max_epochs=4")
    whole = train(tmp_path / "whole", *settings).directory
    half = train(tmp_path / "half", *settings, f"trainer.max_steps={steps}").directory
    api.resume(half, "trainer.max_steps=-1")
    equal(half, whole)
    assert api.evaluate(half) == RunDirectory(half).results()
    again = api.resume(half)  # nothing left to train
    assert again.metrics == RunDirectory(whole).results()
    equal(half, whole)


class Stop(Exception):
    pass


def test_killed_within_an_epoch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last checkpoint of a killed run holds the average as weights, and resumes exactly."""
    settings = (*EMA, "trainer.steps_per_slice=1", "callbacks.last.every_seconds=0", "trainer.max_epochs=2")
    whole = train(tmp_path / "whole", *settings).directory
    steps: list[Tensor] = []
    update = Task.update

    def stopping(self: Task, *args: Any) -> Any:
        if len(steps) == 40:
            raise Stop
        result = update(self, *args)
        steps.append(self.net.state_dict()["model.layers.0.weight"].clone())
        return result

    with monkeypatch.context() as patch:
        patch.setattr(Task, "update", stopping)
        with pytest.raises(Stop):
            train(tmp_path / "half", *settings)
    half = only(tmp_path / "half")
    average = steps[0]
    for each in steps[1:]:
        average = 0.9 * average + 0.1 * each
    torch.testing.assert_close(weights(half)["net.model.layers.0.weight"], average)
    api.resume(half)
    equal(half, whole)


def test_average_is_the_first_callback(tmp_path: Path) -> None:
    """The average is loaded before figures are drawn and checkpoints are written."""
    config = plain(compose([*TINY, "callbacks=ema"]))
    data = build_data(config)
    trainer = trainers.build(Plan(config, data, build_task(config, data)), RunDirectory(tmp_path))
    callbacks = trainer.callbacks  # type: ignore[attr-defined]
    assert isinstance(callbacks[0], AveragedWeights)
    assert len(callbacks) > 3


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (
            ("callbacks.ema.decay=1.0",),
            "callbacks.ema: decay is 1.0; it must be at least 0 and below 1, or null for equal weights",
        ),
        (("callbacks.ema.every_n_steps=0",), "callbacks.ema.every_n_steps is 0; it must be at least 1"),
        (("callbacks.ema.start_epoch=-1",), "callbacks.ema: start_epoch is -1; it must be at least 0"),
        (("callbacks.ema.start_epoch=2",), "callbacks.ema.start_epoch is 2; the run has only 2 epochs"),
        (("task=ridge", "trainer.max_epochs=1"), "callbacks.ema averages over optimizer steps; Ridge has none"),
    ],
)
def test_refused_before_the_run(tmp_path: Path, overrides: tuple[str, ...], message: str) -> None:
    with pytest.raises(UserError, match=f"^{message}"):
        train(tmp_path, "callbacks=ema", *overrides)
    assert list(tmp_path.iterdir()) == []


def test_ema_and_swa_by_name(tmp_path: Path) -> None:
    ema = train(tmp_path, "callbacks=ema").metrics
    swa = train(tmp_path, "callbacks=swa", "callbacks.swa.start_epoch=1").metrics
    plain = train(tmp_path).metrics
    losses = {metrics["test/last"]["loss"] for metrics in (ema, swa, plain)}
    assert len(losses) == 3


def test_number_of_steps_in_an_epoch(fit: Fit) -> None:
    task = make_task(PLANE, nn.Linear(2, 3))
    fit(task, [], max_epochs=1)
    assert task.cursor is not None
    assert isinstance(task.cursor.loader, Loader)
    assert task.cursor.steps_in_epoch == STEPS


def after_steps(task: Task, *values: float) -> None:
    """Set all weights to each value and do what follows an optimizer step."""
    for value in values:
        task.net.model.weight.data.fill_(value)
        for function in task.after_step:
            function()


def linear(value: float) -> Task:
    task = make_task(PLANE, nn.Linear(2, 1, bias=False))
    task.net.model.weight.data.fill_(value)
    return task


def test_weights_between_hooks_and_in_a_checkpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    trainer: Any = None
    task, average = linear(0.0), AveragedWeights(decay=0.5, every_n_steps=2)
    weight = task.net.model.weight
    average.on_fit_start(trainer, task)
    after_steps(task, 1.0)
    average.on_train_end(trainer, task)
    assert weight.tolist() == [[1, 1]]  # no update yet
    assert average.state_dict() == {"steps": 1, "updates": 0, "weights": {}}
    after_steps(task, 2.0, 3.0, 4.0)  # the average is 2, then (2 + 4) / 2
    saved: dict[str, Any] = {}
    for end in (False, True):
        average.on_save_checkpoint(trainer, task, saved)
        assert saved["state_dict"]["net.model.weight"].tolist() == [[3, 3]]
        state = average.state_dict()
        assert (state["steps"], state["updates"]) == (4, 2)
        assert state["weights"]["model.weight"].tolist() == [[4, 4]]
        assert weight.tolist() == ([[3, 3]] if end else [[4, 4]])
        average.on_train_end(trainer, task)
    resumed, task = AveragedWeights(decay=0.5), linear(3.0)
    resumed.load_state_dict(state)
    resumed.on_fit_start(trainer, task)
    resumed.on_train_epoch_start(trainer, task)
    assert task.net.model.weight.tolist() == [[4, 4]]
    after_steps(task, 8.0)
    resumed.on_train_end(trainer, task)
    assert task.net.model.weight.tolist() == [[5.5, 5.5]]
    assert resumed.state_dict()["steps"] == 5
    resumed.on_fit_end(trainer, task)
    assert task.after_step == []


def test_a_run_resumed_before_the_first_update_starts_from_its_weights() -> None:
    trainer: Any = None
    task, average = linear(1.0), AveragedWeights(every_n_steps=2)
    average.load_state_dict({"steps": 1, "updates": 0, "weights": {}})
    average.on_fit_start(trainer, task)
    average.on_train_epoch_start(trainer, task)
    assert task.net.model.weight.tolist() == [[1, 1]]
    after_steps(task, 2.0)
    average.on_train_end(trainer, task)
    assert average.state_dict()["updates"] == 1


def test_a_run_resumed_after_the_first_update_has_both_weights() -> None:
    trainer: Any = None
    task, average = linear(1.0), AveragedWeights(decay=None)
    average.load_state_dict({"steps": 1, "updates": 1, "weights": {"model.weight": torch.full((1, 2), 3.0)}})
    average.on_fit_start(trainer, task)
    average.on_train_epoch_start(trainer, task)
    assert task.net.model.weight.tolist() == [[3, 3]]
    average.on_train_end(trainer, task)
    assert task.net.model.weight.tolist() == [[1, 1]]


def test_defaults_and_smallest_decay() -> None:
    """By default every step counts, with weight 0.01; without decay the average is that of the last step."""
    trainer: Any = None
    for average, expected in ((AveragedWeights(), 1.01), (AveragedWeights(decay=0), 2.0)):
        task = linear(0.0)
        average.on_fit_start(trainer, task)
        after_steps(task, 1.0, 2.0)
        average.on_train_end(trainer, task)
        assert task.net.model.weight[0, 0].item() == pytest.approx(expected)
