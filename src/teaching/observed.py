"""Training with an observer in place of callbacks and loggers, which writes no files."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
import torch

from ..builders.data import build_data
from ..builders.epochs import with_epochs
from ..builders.tasks import build_task
from ..errors import UserError
from ..runs.directory import RunDirectory
from ..runs.signals import Signals
from ..tasks.base import Task
from ..tasks.loop import Diverged
from ..training import trainers
from ..training.checks import check
from ..training.isolation import isolated, seed
from ..training.plan import Plan
from ..training.run import with_absolute_paths
from ..training.schedules import run_length


def train_observed(
    config: dict[str, Any],
    *observers: pl.Callback,
    steps: int,
    source: Any = None,
    shuffle: bool = True,
    check_task: Callable[[Task], object] = lambda _: None,
) -> Task:
    """Take the first steps of a run with callbacks, and return the task; the weights change as in the run.

    config: of the run, as plain data; steps: at most this many optimizer steps; source: data from Python; shuffle:
    False takes the examples in the order of the data; check_task: raises UserError for an unsuitable task. Raises
    UserError as `run` does, and if the loss is not finite.
    """
    given = config["trainer"]
    if given["devices"] != 1:
        raise UserError(f"trainer.devices={given['devices']} has no effect here: the steps are taken on one device")
    short = {
        "max_steps": min(steps, given["max_steps"]) if given["max_steps"] >= 0 else steps,
        "limit_val_batches": 0,
        "steps_per_slice": 1,
        "cuda_graphs": False,
    }
    off: dict[str, Any] = {"callbacks": {}, "logger": {}, "evaluate": []}
    with isolated(run=True) as threads, Signals(deferred=False), trainers.quiet_lightning():
        seed(config["seed"])
        data = build_data(config, source)
        config = with_epochs(with_absolute_paths(config), data)
        observed = config | off | {"trainer": given | short}
        plan = Plan(observed, data, build_task(observed, data))
        check(plan)
        torch.set_num_threads(trainers.num_threads(plan, threads))
        task = plan.task
        check_task(task)
        task.cursor = plan.cursor()
        if not shuffle:
            task.cursor.loader.shuffle = False  # type: ignore[attr-defined]
        whole = Plan(config, data, task).trainer
        task.length = run_length(whole, task.cursor.steps_in_epoch)  # a schedule is that of the whole run
        trainer = trainers.build(plan, RunDirectory(Path(config["output_dir"])))
        trainer.callbacks.extend(observers)  # type: ignore[attr-defined]
        try:
            trainer.fit(task, task.cursor)
        except Diverged as error:
            raise UserError(f"{error}; try a smaller optimizer.lr (now {config['optimizer'].get('lr')})") from error
    return task
