"""Learning-rate schedules that do not fit a run are refused; one that is over before the run is noted."""

import math
import warnings
from functools import partial
from typing import Any

from torch.optim.lr_scheduler import CosineAnnealingLR, ReduceLROnPlateau

from ..config.schema import Trainer
from ..errors import DataWarning, UserError
from ..tasks.base import Task


def check(config: dict[str, Any], task: Task, *, steps: int) -> None:
    """Refuse a schedule that watches nothing new at its steps or waits for the wrong direction; steps: in an epoch.

    Warns of a cosine that is over before the run. Raises UserError.
    """
    if task.schedule is None or not isinstance(task.schedule.make, partial):
        return
    kind, node, interval = task.schedule.make.func, config["scheduler"], task.schedule.interval
    if kind is ReduceLROnPlateau:
        if interval == "step":
            raise UserError("scheduler.interval=step: a plateau is one of a metric, which is new once an epoch")
        monitor, mode = task.schedule.monitor or "train/loss", node.get("mode", "min")
        better = task.mode(monitor)
        if better not in (None, mode):
            high = "higher" if better == "max" else "lower"
            raise UserError(f"scheduler.mode={mode}: {high} is better of {monitor}; set scheduler.mode={better}")
    if kind is CosineAnnealingLR:
        length = run_length(Trainer(**config["trainer"]), steps)[interval]
        if node["T_max"] < length:
            warnings.warn(
                f"scheduler.T_max={node['T_max']} {interval}s: from then on the learning rate rises again, since the "
                f"run takes {length:g}; with T_max={length:g} it falls to the end (not of a run that is resumed)",
                DataWarning,
                stacklevel=2,
            )


def run_length(trainer: Trainer, steps: int) -> dict[str, float]:
    """Return how many epochs and optimizer steps a run takes at most; steps: in an epoch."""
    epochs = trainer.max_epochs if trainer.max_epochs >= 0 else math.inf
    most = trainer.max_steps if trainer.max_steps >= 0 else math.inf
    return {
        "step": min(most, epochs * steps),
        "epoch": min(epochs, math.ceil(most / steps) if most < math.inf else most),
    }
