"""Attributes of Lightning's loops that must be set, since one Lightning batch performs many optimizer steps.

They are not public; `tests/tasks/test_lightning_internals.py` fails if a version of Lightning changes them.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytorch_lightning as pl
import torch
from pytorch_lightning.trainer import call
from pytorch_lightning.trainer.connectors import callback_connector
from pytorch_lightning.trainer.states import TrainerFn, TrainerStatus
from pytorch_lightning.utilities.types import LRSchedulerConfig

from ..runs.checkpoint import OURS

if (
    not torch.cuda.is_available()
):  # Lightning has each step of Adam ask for the driver, which takes longer than the step
    os.environ["PYTORCH_NVML_BASED_CUDA_CHECK"] = "0"


def count_steps(trainer: pl.Trainer, steps: int) -> None:
    """Advance `trainer.global_step`."""
    progress = trainer.fit_loop.epoch_loop.manual_optimization.optim_step_progress.total
    progress.ready += steps
    progress.completed += steps


def set_position(trainer: pl.Trainer, *, epoch: int, step: int) -> None:
    """Set `trainer.current_epoch` and `trainer.global_step`."""
    vars(trainer.fit_loop.epoch_progress.current).update(processed=epoch, completed=epoch)
    progress = trainer.fit_loop.epoch_loop.manual_optimization.optim_step_progress.total
    progress.ready = progress.completed = step


def end_epoch(trainer: pl.Trainer) -> None:
    """Mark the current batch as the last one of the epoch, so that validation follows."""
    trainer.fit_loop.epoch_loop.batch_progress.is_last_batch = True


def drop_loops(checkpoint: dict[str, Any]) -> None:
    """Remove the state of Lightning's loops from a checkpoint, since it counts Lightning's batches."""
    del checkpoint["loops"]


@contextmanager
def without_external_callbacks() -> Iterator[None]:
    """Build trainers without callbacks of other packages, whose search takes longer than all else."""
    before = callback_connector._load_external_callbacks
    callback_connector._load_external_callbacks = lambda group: []
    try:
        yield
    finally:
        callback_connector._load_external_callbacks = before


def begin_by_hand(
    trainer: pl.Trainer,
    task: pl.LightningModule,
    optimizers: list[torch.optim.Optimizer],
    schedules: list[torch.optim.lr_scheduler.LRScheduler],
    validation_batches: int,
) -> None:
    """Prepare a trainer for epochs that are run by other code, which calls the hooks of the callbacks."""
    trainer.state.fn, trainer.state.status = TrainerFn.FITTING, TrainerStatus.RUNNING
    trainer.training = True
    trainer.strategy.connect(task)
    task.trainer = trainer
    task.to(trainer.strategy.root_device)
    trainer.strategy.optimizers = optimizers
    trainer.strategy.lr_scheduler_configs = [LRSchedulerConfig(schedule) for schedule in schedules]
    trainer.fit_loop.epoch_loop.val_loop._max_batches = [validation_batches]
    for optimizer in optimizers:  # their steps are computed elsewhere, and schedules warn if they see none
        optimizer._opt_called = True  # type: ignore[attr-defined]


def finish_epoch(trainer: pl.Trainer) -> None:
    """Advance `trainer.current_epoch`."""
    progress = trainer.fit_loop.epoch_progress.current
    vars(progress).update(processed=progress.completed + 1, completed=progress.completed + 1)


def end_by_hand(trainer: pl.Trainer) -> None:
    """Close the loggers after epochs that were run by other code."""
    for logger in trainer.loggers:
        logger.finalize("success")
    trainer.state.status = TrainerStatus.FINISHED


def dump_checkpoint(trainer: pl.Trainer, weights: dict[str, torch.Tensor], ours: dict[str, Any]) -> dict[str, Any]:
    """Return the checkpoint that `trainer.save_checkpoint` would write, without the state of Lightning's loops.

    weights: of the task; ours: our part of it.
    """
    return {
        "epoch": trainer.current_epoch,
        "global_step": trainer.global_step,
        "pytorch-lightning_version": pl.__version__,
        "state_dict": weights,
        "callbacks": call._call_callbacks_state_dict(trainer),
        "optimizer_states": [optimizer.state_dict() for optimizer in trainer.optimizers],
        "lr_schedulers": [config.scheduler.state_dict() for config in trainer.lr_scheduler_configs],
        OURS: ours,
    }


def restore_callbacks(trainer: pl.Trainer, checkpoint: dict[str, Any]) -> None:
    """Restore the callbacks of a resumed run."""
    call._call_callbacks_on_load_checkpoint(trainer, checkpoint)
    call._call_callbacks_load_state_dict(trainer, checkpoint)
