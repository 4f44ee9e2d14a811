"""What of Lightning's loops is set by hand, since many optimizer steps are taken in one of its batches.

None of it is public: `tests/tasks/test_lightning_internals.py` tells when a version of Lightning changes it.
"""

from typing import Any

import pytorch_lightning as pl


def count_steps(trainer: pl.Trainer, steps: int) -> None:
    """Advance `trainer.global_step`."""
    progress = trainer.fit_loop.epoch_loop.manual_optimization.optim_step_progress.total
    progress.ready += steps
    progress.completed += steps


def go_to(trainer: pl.Trainer, *, epoch: int, step: int) -> None:
    """Set `trainer.current_epoch` and `trainer.global_step`."""
    vars(trainer.fit_loop.epoch_progress.current).update(processed=epoch, completed=epoch)
    progress = trainer.fit_loop.epoch_loop.manual_optimization.optim_step_progress.total
    progress.ready = progress.completed = step


def end_epoch(trainer: pl.Trainer) -> None:
    """Take the batch under way for the epoch's last one, so that validation follows."""
    trainer.fit_loop.epoch_loop.batch_progress.is_last_batch = True


def without_loops(checkpoint: dict[str, Any]) -> None:
    """Take the state of Lightning's loops out of a checkpoint: it counts Lightning's batches."""
    del checkpoint["loops"]
