"""Callbacks that do not work when a Lightning batch is many steps."""

from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from nnzoo.callbacks.average import AveragedWeights
from nnzoo.callbacks.best import ModelCheckpoint
from nnzoo.callbacks.checks import check_monitor, check_support, resolve_monitor, steps_of
from nnzoo.errors import UserError
from pytorch_lightning import callbacks
from torch import nn

from tests.support.runs import STEPS, train

from .small_tasks import PLANE, make_task

LIGHTNING = "pytorch_lightning.callbacks"
BEST = "callbacks.best.every_n_train_steps"


@pytest.mark.parametrize(
    ("node", "message"),
    [
        (
            "EMAWeightAveraging",
            "averages after each Lightning batch, not each step; use callbacks=ema or callbacks=swa, or",
        ),
        (
            "WeightAveraging",
            "averages after each Lightning batch, not each step; use callbacks=ema or callbacks=swa, or",
        ),
        ("StochasticWeightAveraging, swa_lrs: 0.1", "cannot change the learning rate here; use callbacks=swa"),
        (
            "GradientAccumulationScheduler, scheduling: {0: 4}",
            "has no effect here; use a larger loader.batch_size",
        ),
        ("BatchSizeFinder", "has no effect here; use nnzoo train -m loader.batch_size=32,64,128"),
        ("LearningRateFinder", "has no effect here; use nnzoo train -m optimizer.lr="),
        ("LearningRateMonitor", "counts Lightning's batches; lr is logged every epoch without it"),
        ("DeviceStatsMonitor", "counts Lightning's batches; use debug=profile"),
        ("TQDMProgressBar", "counts Lightning's batches; use callbacks.progress"),
    ],
)
def test_unsupported_callbacks_are_refused(tmp_path: Path, node: str, message: str) -> None:
    with pytest.raises(UserError, match=message) as caught:
        train(tmp_path, f"+callbacks.mine={{_target_: {LIGHTNING}.{node}}}")
    assert str(caught.value).startswith(f"callbacks.mine: {node.partition(',')[0]} ")
    assert list(tmp_path.iterdir()) == []


def test_checkpoints_by_step(tmp_path: Path) -> None:
    """A slice of many steps would skip some of them; single steps skip none."""
    with pytest.raises(UserError, match=f"{BEST} is checked only after each Lightning batch; use every_n_epochs, or"):
        train(tmp_path, f"+{BEST}=10")
    settings = (f"+{BEST}=10", "trainer.steps_per_slice=1", "callbacks.best.monitor=null", "trainer.max_epochs=1")
    further = ("callbacks.best.save_top_k=-1", "callbacks.best.filename='at-{step}'")
    directory = train(tmp_path, *settings, *further).directory
    names = sorted(path.stem for path in (directory / "checkpoints").iterdir())
    assert names == ["at-10", "at-20", "last"]
    assert STEPS == 26


def test_lightnings_averages_with_single_steps(tmp_path: Path) -> None:
    """They agree with ours."""
    ours = train(tmp_path, "callbacks=ema", "callbacks.ema.decay=0.9").metrics["test/last"]
    node = f"+callbacks.mine={{_target_: {LIGHTNING}.EMAWeightAveraging, decay: 0.9}}"
    theirs = train(tmp_path, node, "trainer.steps_per_slice=1").metrics["test/last"]
    assert theirs["loss"] == pytest.approx(ours["loss"], rel=1e-6)


@pytest.mark.parametrize(
    ("kind", "given", "expected"),
    [
        (
            "ModelCheckpoint",
            {"monitor": "auto", "mode": "auto"},
            {"monitor": "val/acc", "mode": "max", "save_on_train_epoch_end": False},
        ),
        (
            "ModelCheckpoint",
            {"monitor": "val/loss", "mode": "max"},
            {"monitor": "val/loss", "mode": "max", "save_on_train_epoch_end": False},
        ),
        (
            "ModelCheckpoint",
            {"monitor": "train/loss", "mode": "auto"},
            {"monitor": "train/loss", "mode": "min", "save_on_train_epoch_end": True},
        ),
        ("ModelCheckpoint", {"monitor": None, "mode": "auto"}, {"monitor": None, "mode": "min"}),
        (
            "ModelCheckpoint",
            {"monitor": "train/acc", "save_on_train_epoch_end": False},
            {"monitor": "train/acc", "save_on_train_epoch_end": False},
        ),
        (
            "EarlyStopping",
            {"monitor": "auto", "mode": "auto"},
            {"monitor": "val/acc", "mode": "max", "check_on_train_epoch_end": False},
        ),
    ],
)
def test_monitor_and_mode(kind: str, given: dict[str, Any], expected: dict[str, Any]) -> None:
    task = make_task(PLANE, nn.Linear(2, 3))
    node = {"_target_": f"{LIGHTNING}.{kind}", **given}
    found = resolve_monitor(node, task, allow=[], validated=True)
    module = {"ModelCheckpoint": "best", "EarlyStopping": "early_stopping"}[kind]
    assert found == {"_target_": f"nnzoo.callbacks.{module}.{kind}", **expected}
    assert node == {"_target_": f"{LIGHTNING}.{kind}", **given}  # the config stays as it is
    missing = resolve_monitor(node, task, allow=[], validated=False)
    assert (missing is None) == (given["monitor"] == "auto")


def test_other_callbacks_with_a_monitor_keep_their_class() -> None:
    node = {"_target_": "nnzoo.callbacks.progress.Progress", "monitor": "auto", "mode": "auto"}
    found = resolve_monitor(node, make_task(PLANE, nn.Linear(2, 3)), allow=[], validated=True)
    assert found == {**node, "monitor": "val/acc", "mode": "max"}


def test_monitors_that_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    task = make_task(PLANE, nn.Linear(2, 3))
    auto = {"monitor": "auto", "mode": "auto"}
    monkeypatch.setattr(task, "mode", lambda metric: None)
    check_monitor("best", callbacks.ModelCheckpoint, auto, task, validated=False)  # left out later
    check_monitor("stop", callbacks.EarlyStopping, auto, task, validated=True)
    check_monitor("best", callbacks.ModelCheckpoint, {"monitor": None, "mode": "auto"}, task, validated=True)
    check_monitor("best", callbacks.ModelCheckpoint, {"monitor": "val/mean", "mode": "min"}, task, validated=True)
    with pytest.raises(UserError, match=r"^callbacks.stop monitors the validation set, but there is none; "):
        check_monitor("stop", callbacks.EarlyStopping, auto, task, validated=False)
    with pytest.raises(UserError, match=r"^metric 'mean' does not say .* set callbacks.best.mode to min or max"):
        check_monitor("best", callbacks.ModelCheckpoint, {**auto, "monitor": "val/mean"}, task, validated=True)


@pytest.mark.parametrize(("epochs", "start", "refused"), [(2, 1, False), (2, 2, True), (0, 0, True), (-1, 5, False)])
def test_averages_start_within_the_run(epochs: int, start: int, refused: bool) -> None:
    config = {"trainer": {"steps_per_slice": 4, "max_epochs": epochs}}
    node = {"start_epoch": start} if start else {}
    task = make_task(PLANE, nn.Linear(2, 3))
    message = f"^callbacks.ema.start_epoch is {start}; the run has only {epochs} epochs"
    with pytest.raises(UserError, match=message) if refused else nullcontext():
        check_support("ema", AveragedWeights, node, config, task)


def test_checkpoint_objects_that_count_batches() -> None:
    assert steps_of(callbacks.ModelCheckpoint(every_n_train_steps=7)) == {"every_n_train_steps": 7}
    assert steps_of(callbacks.EarlyStopping("val/loss")) == {}
    assert steps_of(None) == {}


def test_derived_checkpoints_that_count_batches_are_refused() -> None:
    task = make_task(PLANE, nn.Linear(2, 3))
    node = {"every_n_train_steps": 5}
    for steps, refused in ((4, True), (None, True), (1, False)):
        config = {"trainer": {"steps_per_slice": steps, "max_epochs": 3}}
        with pytest.raises(UserError, match="is checked only after each Lightning") if refused else nullcontext():
            check_support("best", ModelCheckpoint, node, config, task)
        check_support("best", ModelCheckpoint, {"every_n_train_steps": None}, config, task)
