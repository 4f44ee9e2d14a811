"""TensorBoard's HParams tab: hyperparameters and the best validation metrics of a run."""

import hashlib
import json
import math
import time
from typing import Any

import pytorch_lightning as pl
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.plugins.hparams import metadata
from tensorboard.plugins.hparams.api_pb2 import (
    DATA_TYPE_BOOL,
    DATA_TYPE_FLOAT64,
    DATA_TYPE_STRING,
    STATUS_SUCCESS,
    Experiment,
    HParamInfo,
    MetricInfo,
    MetricName,
)
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData, SessionEndInfo, SessionStartInfo

from ..tasks.base import Task
from .writers import writers

Plain = bool | int | float | str

# These do not affect learning, except `choices`, which repeats what the other groups say
NOT_HPARAMS = ("allow", "callbacks", "choices", "claim", "evaluate", "logger", "name", "output_dir", "trial")
KINDS = {bool: DATA_TYPE_BOOL, int: DATA_TYPE_FLOAT64, float: DATA_TYPE_FLOAT64, str: DATA_TYPE_STRING}


class HParams(pl.Callback):
    """Log the config as hyperparameters and, under `hp/`, the best value so far of each validation metric.

    For a metric that does not say whether higher is better, the last value is logged. The tab shows the last value of
    a tag, so only improvements are logged. Everything is written to the event file of the run. Without a validation
    set, the last training metrics are logged at the end. Runs that differ only in their seeds form one group.
    """

    def __init__(self) -> None:
        self.best: dict[str, float] = {}

    def on_fit_start(self, trainer: pl.Trainer, task: Task) -> None:  # type: ignore[override]
        """Write the hyperparameters and the names of the metrics."""
        hparams = flatten({key: value for key, value in task.config.items() if key not in NOT_HPARAMS})
        metrics = task.metric_names("val" if trainer.enable_validation else "train")
        experiment = Experiment(
            hparam_infos=[HParamInfo(name=name, type=KINDS[type(value)]) for name, value in hparams.items()],
            metric_infos=[MetricInfo(name=MetricName(tag=f"hp/{metric}")) for metric in metrics],
        )
        start = SessionStartInfo(group_name=group_name(hparams), start_time_secs=time.time())
        for name, value in hparams.items():
            match value:
                case bool():
                    start.hparams[name].bool_value = value
                case str():
                    start.hparams[name].string_value = value
                case _:
                    start.hparams[name].number_value = value
        _write(trainer, metadata.EXPERIMENT_TAG, HParamsPluginData(experiment=experiment))
        _write(trainer, metadata.SESSION_START_INFO_TAG, HParamsPluginData(session_start_info=start))

    def on_validation_end(self, trainer: pl.Trainer, task: Task) -> None:  # type: ignore[override]
        """Log the metrics that improved."""
        if trainer.sanity_checking:
            return
        better = {}
        for metric in task.metric_names("val"):
            value, mode = float(trainer.callback_metrics[metric]), task.mode(metric)
            sign = 1 if mode == "min" else -1
            if mode is None or sign * value < sign * self.best.get(metric, sign * math.inf):  # always False for NaN
                better[metric] = value
        self.best |= better
        self._log(trainer, better)

    def on_train_end(self, trainer: pl.Trainer, task: Task) -> None:  # type: ignore[override]
        """Log the last training metrics if there is no validation set, and the end of the run."""
        if not trainer.enable_validation:
            last = trainer.callback_metrics
            self._log(trainer, {name: float(last[name]) for name in task.metric_names("train") if name in last})
        end = SessionEndInfo(status=STATUS_SUCCESS, end_time_secs=time.time())
        _write(trainer, metadata.SESSION_END_INFO_TAG, HParamsPluginData(session_end_info=end))

    def state_dict(self) -> dict[str, Any]:
        """Return the best values so far."""
        return {"best": dict(self.best)}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Restore the best values of a resumed run."""
        self.best = dict(state_dict["best"])

    def _log(self, trainer: pl.Trainer, values: dict[str, float]) -> None:
        for writer in writers(trainer):
            for name, value in values.items():
                writer.add_scalar(f"hp/{name}", value, trainer.current_epoch + 1)


def flatten(config: dict[str, Any], prefix: str = "") -> dict[str, Plain]:
    """Return a nested config as a dict from `group.key` to plain values. The value of a group is the name of its class.

    None is left out. Lists and non-finite numbers become strings, since the tab cannot read them.
    """
    result: dict[str, Plain] = {}
    for key, value in config.items():
        path = prefix + key
        if key == "_target_":
            result[prefix.rstrip(".")] = value.rpartition(".")[2]
        elif isinstance(value, dict):
            result |= flatten(value, path + ".")
        elif isinstance(value, (list, tuple)) or (isinstance(value, float) and not math.isfinite(value)):
            result[path] = str(value)
        elif value is not None:
            result[path] = value
    return result


def group_name(hparams: dict[str, Plain]) -> str:
    """Return a name that runs share if their hyperparameters differ only in seeds."""
    rest = {name: value for name, value in hparams.items() if name.rpartition(".")[2] != "seed"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True).encode()).hexdigest()[:16]


def _write(trainer: pl.Trainer, tag: str, content: HParamsPluginData) -> None:
    summary = Summary(value=[Summary.Value(tag=tag, metadata=metadata.create_summary_metadata(content))])
    for writer in writers(trainer):
        writer._get_file_writer().add_summary(summary)
        writer.flush()
