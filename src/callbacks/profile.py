"""Profiling of training."""

from pathlib import Path
from typing import Any

import pytorch_lightning as pl
from torch.profiler import ProfilerActivity, profile

from ..errors import UserError
from ..tasks.base import Task

WARMUP = 2  # slices in which memory is allocated and kernels are selected
ROWS = 15


class Profile(pl.Callback):
    """Profile `slices` Lightning batches after two warm-up batches, including everything that runs between them.

    Writes the operations, sorted by self CPU time, to profile.txt in the run directory, and prints the first 15. Raises
    UserError for `slices` below 1.
    """

    def __init__(self, *, slices: int = 20) -> None:
        if slices < 1:
            raise UserError(f"slices is {slices}; it must be at least 1")
        self.slices = slices
        self.num_slices = 0
        self.profiler: profile | None = None

    def on_train_batch_start(  # type: ignore[override]
        self, trainer: pl.Trainer, task: Task, batch: Any, batch_idx: int
    ) -> None:
        """Start the profiler after the warm-up."""
        if self.num_slices == WARMUP:
            activities = [ProfilerActivity.CPU]
            if task.device.type == "cuda":
                activities.append(ProfilerActivity.CUDA)
            self.profiler = profile(activities=activities)
            self.profiler.start()
        self.num_slices += 1

    def on_train_batch_end(  # type: ignore[override]
        self, trainer: pl.Trainer, task: Task, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Stop the profiler after `slices` batches."""
        if self.num_slices == WARMUP + self.slices:
            self._report(trainer)

    def on_train_end(self, trainer: pl.Trainer, task: Task) -> None:  # type: ignore[override]
        """Report a run that ended earlier."""
        self._report(trainer)

    def on_exception(self, trainer: pl.Trainer, task: Task, exception: BaseException) -> None:  # type: ignore[override]
        """Report a run that failed."""
        self._report(trainer)

    def _report(self, trainer: pl.Trainer) -> None:
        if self.profiler is None:
            return
        self.profiler.stop()
        averages = self.profiler.key_averages()
        self.profiler = None
        path = Path(trainer.default_root_dir) / "profile.txt"
        path.write_text(averages.table(sort_by="self_cpu_time_total", row_limit=-1, max_name_column_width=60))
        print(averages.table(sort_by="self_cpu_time_total", row_limit=ROWS, max_name_column_width=40))
