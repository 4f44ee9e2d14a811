"""Checks of learning-rate schedules against the length and the metrics of a run."""

import math
import warnings
from functools import partial
from typing import Any

from torch.optim.lr_scheduler import CosineAnnealingLR, ReduceLROnPlateau

from ..config.schema import Trainer
from ..errors import DataWarning, UserError
from ..tasks.base import Task


def check(config: dict[str, Any], task: Task, *, steps: int) -> None:
    """Raise UserError for a plateau schedule that monitors a metric every step or in the wrong direction.

    Warns if a cosine schedule ends before the run. steps: steps per epoch.
    """
    if task.schedule is None or not isinstance(task.schedule.make, partial):
        return
    kind, node, interval = task.schedule.make.func, config["scheduler"], task.schedule.interval
    if kind is ReduceLROnPlateau:
        if interval == "step":
            raise UserError("scheduler.interval=step: a plateau schedule monitors a metric computed once per epoch")
        monitor, mode = task.schedule.monitor or "train/loss", node.get("mode", "min")
        better = task.mode(monitor)
        if better not in (None, mode):
            high = "higher" if better == "max" else "lower"
            raise UserError(f"scheduler.mode={mode}: for {monitor}, {high} is better; set scheduler.mode={better}")
    if kind is CosineAnnealingLR:
        length = run_length(Trainer(**config["trainer"]), steps)[interval]
        if node["T_max"] < length:
            warnings.warn(
                f"scheduler.T_max={node['T_max']} {interval}s: after that, the learning rate rises again, since the "
                f"run takes {length:g}; with T_max={length:g} it falls to the end (cannot change in a resumed run)",
                DataWarning,
                stacklevel=2,
            )


def run_length(trainer: Trainer, steps: int) -> dict[str, float]:
    """Return the maximum numbers of epochs and optimizer steps of a run. steps: steps per epoch."""
    epochs = trainer.max_epochs if trainer.max_epochs is not None and trainer.max_epochs >= 0 else math.inf
    most = trainer.max_steps if trainer.max_steps >= 0 else math.inf
    return {
        "step": min(most, epochs * steps),
        "epoch": min(epochs, math.ceil(most / steps) if most < math.inf else most),
    }
