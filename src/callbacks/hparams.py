"""TensorBoard's HParams tab: the settings of a run and its best validation metrics."""

import math
import time
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.plugins.hparams import metadata
from tensorboard.plugins.hparams.api_pb2 import STATUS_SUCCESS
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData, SessionEndInfo

from ..runs.directory import RunDirectory
from ..runs.sessions import session_start, summary_of
from ..runs.settings import Settings
from ..tasks.base import Task
from .writers import write_scalars, writers


class HParams(pl.Callback):
    """Log settings as hyperparameters and, under `best/`, the best values so far of the metrics that rank runs.

    These are the head's first metric, additional metrics and the loss, on the validation split. The tab shows the last
    value of a tag, so the best value is logged after every validation. Everything is written to the event file of the
    run. Runs that differ only in their seeds form one group.

    No run writes a record of the experiment: TensorBoard would read the one of an arbitrary run and show the columns of
    that run only. Without one, it finds all settings and marks those that differ, which then come first.
    """

    def __init__(self) -> None:
        self.best: dict[str, float] = {}

    def on_fit_start(self, trainer: pl.Trainer, task: Task) -> None:  # type: ignore[override]
        """Write the settings of the run and the name of its group."""
        settings = Settings(task.config, RunDirectory(Path(trainer.default_root_dir)).overrides())
        _write(trainer, session_start(settings.chosen(), settings.group()))

    def on_validation_end(self, trainer: pl.Trainer, task: Task) -> None:  # type: ignore[override]
        """Log the best values so far."""
        if trainer.sanity_checking:
            return
        for metric in ranking_metrics(task):
            value, sign = float(trainer.callback_metrics[metric]), 1 if task.mode(metric) == "min" else -1
            if sign * value < sign * self.best.get(metric, sign * math.inf):  # always False for NaN
                self.best[metric] = value
        values = {f"best/{metric}": value for metric, value in self.best.items()}
        write_scalars(trainer, values, trainer.current_epoch + 1)

    def on_train_end(self, trainer: pl.Trainer, task: Task) -> None:  # type: ignore[override]
        """Log the end of the run."""
        end = SessionEndInfo(status=STATUS_SUCCESS, end_time_secs=time.time())
        _write(trainer, summary_of(metadata.SESSION_END_INFO_TAG, HParamsPluginData(session_end_info=end)))

    def state_dict(self) -> dict[str, Any]:
        """Return the best values so far."""
        return {"best": dict(self.best)}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Restore the best values of a resumed run."""
        self.best = dict(state_dict["best"])


def ranking_metrics(task: Task) -> list[str]:
    """Return the validation metrics by which runs are ranked: the head's first, the additional ones, and the loss.

    A metric that does not say whether higher is better ranks nothing.
    """
    added = [f"val/{name}" for name in task.accumulators["val"].extra]
    return list(dict.fromkeys((task.primary[0], *filter(task.mode, added), "val/loss")))


def _write(trainer: pl.Trainer, summary: Summary) -> None:
    for writer in writers(trainer):
        writer._get_file_writer().add_summary(summary)
        writer.flush()
