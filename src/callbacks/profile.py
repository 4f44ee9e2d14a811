"""Where the time of training goes."""

from pathlib import Path
from typing import Any

import pytorch_lightning as pl
from torch.profiler import ProfilerActivity, profile

from ..tasks.base import Task

WARMUP = 2  # slices in which memory is laid out and kernels are chosen
ROWS = 15


class Profile(pl.Callback):
    """Profile `slices` of Lightning's batches, after two that warm up, and whatever runs between them.

    Writes the operations by their own CPU time to profile.txt in the run directory, and prints the first 15.
    """

    def __init__(self, *, slices: int = 20) -> None:
        self.slices = slices
        self.seen = 0
        self.profiler: profile | None = None

    def on_train_batch_start(  # type: ignore[override]
        self, trainer: pl.Trainer, task: Task, batch: Any, batch_idx: int
    ) -> None:
        """Begin, once it is warm."""
        if self.seen == WARMUP:
            activities = [ProfilerActivity.CPU]
            if task.device.type == "cuda":
                activities.append(ProfilerActivity.CUDA)
            self.profiler = profile(activities=activities)
            self.profiler.start()
        self.seen += 1

    def on_train_batch_end(  # type: ignore[override]
        self, trainer: pl.Trainer, task: Task, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """End, once there are enough slices."""
        if self.seen == WARMUP + self.slices:
            self._report(trainer)

    def on_train_end(self, trainer: pl.Trainer, task: Task) -> None:  # type: ignore[override]
        """Report a shorter run, too."""
        self._report(trainer)

    def on_exception(self, trainer: pl.Trainer, task: Task, exception: BaseException) -> None:  # type: ignore[override]
        """Report what there is."""
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
