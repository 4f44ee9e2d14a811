"""Attributes of Lightning's loops that must be set, since one Lightning batch performs many optimizer steps.

They are not public; `tests/tasks/test_lightning_internals.py` fails if a version of Lightning changes them.
"""

import os
from collections.abc import Sequence
from typing import Any

import pytorch_lightning as pl
import torch

from ..runs.checkpoint_paths import with_paths

# Lightning has each step of Adam ask for the driver, which takes longer than the step
if not torch.cuda.is_available():
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


def set_paths(trainer: pl.Trainer, checkpoint: dict[str, Any]) -> None:
    """Set the paths of the files that the callbacks have written: a checkpoint has only their names."""
    states = checkpoint["callbacks"]
    for callback in trainer.checkpoint_callbacks:
        folder = getattr(callback, "dirpath", None)
        if folder is not None and callback.state_key in states:
            states[callback.state_key] = with_paths(states[callback.state_key], folder)


def as_list(found: Any) -> list[Any]:
    """Return Lightning's None, single object or sequence as a list."""
    return [] if found is None else list(found) if isinstance(found, Sequence) else [found]
