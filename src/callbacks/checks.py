"""Checks of callbacks: the metrics they monitor, and whether they work when a Lightning batch is many steps."""

from typing import Any

import pytorch_lightning as pl
from pytorch_lightning import callbacks

from ..config.given import NOTHING, Given
from ..config.instantiate import check_kind, locate
from ..errors import UserError
from ..tasks.base import Task
from .average import AveragedWeights
from .best import ModelCheckpoint
from .early_stopping import EarlyStopping

OURS: dict[type, type] = {callbacks.EarlyStopping: EarlyStopping, callbacks.ModelCheckpoint: ModelCheckpoint}
# Callbacks that would fail late, do nothing or act wrongly, with the reason and the alternative
UNSUPPORTED: dict[type[pl.Callback], str] = {
    callbacks.StochasticWeightAveraging: "cannot change the learning rate here; use callbacks=swa",
    callbacks.GradientAccumulationScheduler: "has no effect here; use a larger loader.batch_size",
    callbacks.BatchSizeFinder: "has no effect here; use nnzoo train -m loader.batch_size=32,64,128",
    callbacks.LearningRateFinder: "has no effect here; use nnzoo train -m optimizer.lr=0.001,0.01,0.1",
    callbacks.LearningRateMonitor: "counts Lightning's batches; lr is logged every epoch without it",
    callbacks.DeviceStatsMonitor: "counts Lightning's batches; use debug=profile",
    callbacks.ThroughputMonitor: "counts Lightning's batches; callbacks.progress shows steps per second",
    callbacks.BackboneFinetuning: "needs a LightningModule with a backbone; a network from Python can be frozen",
    callbacks.SpikeDetection: "reads the losses of Lightning's batches; a loss that is not finite ends a run anyway",
    callbacks.ProgressBar: "counts Lightning's batches; use callbacks.progress",
}
ONE_STEP = "or set trainer.steps_per_slice=1, so that a Lightning batch is one step"


def check(config: dict[str, Any], task: Task, *, validated: bool, given: Given = NOTHING) -> None:
    """Raise UserError for callbacks that would have no effect or act wrongly. given: objects from Python."""
    for name, node in config["callbacks"].items():
        if node:
            kind = given.kind(f"callbacks.{name}", node, config["allow"])
            check_kind(kind, pl.Callback, f"callbacks.{name}")
            check_support(name, kind, node | steps_of(given.objects.get(f"callbacks.{name}")), config, task)
            check_monitor(name, kind, node, task, validated=validated)


def steps_of(given: Any) -> dict[str, Any]:
    """Return the setting by which a checkpoint callback from Python counts batches, of other callbacks none."""
    if not isinstance(given, callbacks.ModelCheckpoint):
        return {}
    return {"every_n_train_steps": given._every_n_train_steps}  # Lightning has no public name for it


def check_support(name: str, kind: type, node: dict[str, Any], config: dict[str, Any], task: Task) -> None:
    """Raise UserError for a callback that counts Lightning's batches, or that averages over steps if there are none."""
    trainer = config["trainer"]
    for refused, why in UNSUPPORTED.items():
        if issubclass(kind, refused):
            raise UserError(f"callbacks.{name}: {kind.__name__} {why}")
    if trainer["steps_per_slice"] != 1:
        if issubclass(kind, callbacks.WeightAveraging):
            hint = f"use callbacks=ema or callbacks=swa, {ONE_STEP}"
            raise UserError(
                f"callbacks.{name}: {kind.__name__} averages after each Lightning batch, not each step; {hint}"
            )
        if issubclass(kind, callbacks.ModelCheckpoint) and node.get("every_n_train_steps"):
            hint = f"use every_n_epochs, {ONE_STEP}"
            raise UserError(f"callbacks.{name}.every_n_train_steps is checked only after each Lightning batch; {hint}")
    if issubclass(kind, AveragedWeights):
        if type(task).training_step is not Task.training_step:
            raise UserError(f"callbacks.{name} averages over optimizer steps; {type(task).__name__} has none")
        start, epochs = node.get("start_epoch", 0), trainer["max_epochs"]
        if 0 <= epochs <= start:
            raise UserError(f"callbacks.{name}.start_epoch is {start}; the run has only {epochs} epochs")


def check_monitor(name: str, kind: type, node: dict[str, Any], task: Task, *, validated: bool) -> None:
    """Raise UserError if the monitored metric does not exist, or does not say whether higher is better."""
    monitor = node.get("monitor")
    if monitor == "auto" and not validated and issubclass(kind, callbacks.EarlyStopping):
        raise UserError(
            f"callbacks.{name} monitors the validation set, but there is none; "
            f"set callbacks.{name}.monitor=train/loss, or remove early stopping"
        )
    if node.get("mode") == "auto" and monitor not in (None, "auto") and task.mode(monitor) is None:
        metric = monitor.partition("/")[2]
        raise UserError(
            f"metric '{metric}' does not say whether higher is better; set callbacks.{name}.mode to min or max"
        )


def resolve_monitor(node: dict[str, Any], task: Task, *, allow: list[str], validated: bool) -> dict[str, Any] | None:
    """Return the config of a callback with monitor and mode resolved; None if it monitors a missing validation set.

    A monitor of `auto` is the primary metric of the task; a mode of `auto` is the mode of the metric. Training metrics
    are checked at the end of each epoch, validation metrics after each validation.
    """
    node, kind = dict(node), locate(node["_target_"], allow=allow)
    if node.get("monitor") == "auto":
        if not validated:
            return None
        node["monitor"] = task.primary[0]
    monitor = node.get("monitor")
    if node.get("mode") == "auto":
        node["mode"] = "min" if monitor is None else task.mode(monitor)
    if kind in OURS:
        node["_target_"] = f"{OURS[kind].__module__}.{OURS[kind].__name__}"
        when = "check_on_train_epoch_end" if kind is callbacks.EarlyStopping else "save_on_train_epoch_end"
        if monitor is not None:
            node.setdefault(when, monitor.startswith("train/"))
    return node
