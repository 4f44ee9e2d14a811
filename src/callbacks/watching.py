"""What callbacks watch, and which of them fit a run whose Lightning batches are many optimizer steps each."""

from typing import Any

import pytorch_lightning as pl
from pytorch_lightning import callbacks

from ..config.instantiate import locate
from ..errors import UserError
from ..tasks.base import Task
from .average import AveragedWeights
from .best import ModelCheckpoint
from .early_stopping import EarlyStopping

OURS: dict[type, type] = {callbacks.EarlyStopping: EarlyStopping, callbacks.ModelCheckpoint: ModelCheckpoint}
# What would fail late, do nothing, or not do what it says, and what to use
INSTEAD: dict[type[pl.Callback], str] = {
    callbacks.StochasticWeightAveraging: "cannot change the learning rate here; use callbacks=swa",
    callbacks.GradientAccumulationScheduler: "accumulates nothing here; use a larger loader.batch_size",
    callbacks.BatchSizeFinder: "finds nothing here; compare with nnzoo train -m loader.batch_size=32,64,128",
    callbacks.LearningRateFinder: "finds nothing here; compare with nnzoo train -m optimizer.lr=0.001,0.01,0.1",
    callbacks.LearningRateMonitor: "counts Lightning's batches; lr is logged for each epoch without it",
    callbacks.DeviceStatsMonitor: "counts Lightning's batches; use debug=profile",
    callbacks.ThroughputMonitor: "counts Lightning's batches; callbacks.progress shows steps per second",
    callbacks.ProgressBar: "counts Lightning's batches; callbacks.progress is there",
}
ONE_STEP = "or make each Lightning batch one step: trainer.steps_per_slice=1"


def check(config: dict[str, Any], task: Task, *, validated: bool) -> None:
    """Refuse callbacks that would do nothing or something else than they say. Raises UserError."""
    for name, node in config["callbacks"].items():
        if node:
            kind = locate(node["_target_"], allow=config["allow"])
            check_kind(name, kind, node, config, task)
            check_monitor(name, kind, node, task, validated=validated)


def check_kind(name: str, kind: type, node: dict[str, Any], config: dict[str, Any], task: Task) -> None:
    """Refuse a callback that counts Lightning's batches, and one that the task gives nothing to do."""
    trainer = config["trainer"]
    for refused, why in INSTEAD.items():
        if issubclass(kind, refused):
            raise UserError(f"callbacks.{name}: {kind.__name__} {why}")
    if trainer["steps_per_slice"] != 1:
        if issubclass(kind, callbacks.WeightAveraging):
            way = f"use callbacks=ema or callbacks=swa, {ONE_STEP}"
            raise UserError(f"callbacks.{name}: {kind.__name__} averages after Lightning's batches, not steps; {way}")
        if issubclass(kind, callbacks.ModelCheckpoint) and node.get("every_n_train_steps"):
            way = f"use every_n_epochs, {ONE_STEP}"
            raise UserError(f"callbacks.{name}.every_n_train_steps counts at the ends of Lightning's batches; {way}")
    if issubclass(kind, AveragedWeights):
        if type(task).training_step is not Task.training_step:
            raise UserError(f"callbacks.{name} averages over optimizer steps; {type(task).__name__} takes none")
        start, epochs = node.get("start_epoch", 0), trainer["max_epochs"]
        if 0 <= epochs <= start:
            raise UserError(f"callbacks.{name}.start_epoch is {start}; the run has only {epochs} epochs")


def check_monitor(name: str, kind: type, node: dict[str, Any], task: Task, *, validated: bool) -> None:
    """Refuse to stop early by nothing, and to guess whether higher is better."""
    monitor = node.get("monitor")
    if monitor == "auto" and not validated and issubclass(kind, callbacks.EarlyStopping):
        raise UserError(
            f"callbacks.{name} watches the validation split, and there is none; "
            f"set callbacks.{name}.monitor=train/loss, or leave early stopping out"
        )
    if node.get("mode") == "auto" and monitor not in (None, "auto") and task.mode(monitor) is None:
        metric = monitor.partition("/")[2]
        raise UserError(
            f"metric '{metric}' does not say whether higher is better; set callbacks.{name}.mode to min or max"
        )


def resolved(node: dict[str, Any], task: Task, *, allow: list[str], validated: bool) -> dict[str, Any] | None:
    """Return the config of a callback with what it watches, None where it watches a validation that there is not.

    `auto` is the task's own measure, its mode that of the metric. Training metrics are judged at the end of each epoch,
    others after each validation: when they are new.
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
