"""TensorBoard's HParams tab: the settings of a run and its best validation metrics."""

import math
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.plugins.hparams import metadata
from tensorboard.plugins.hparams.api_pb2 import STATUS_SUCCESS
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData, SessionEndInfo, SessionStartInfo

from ..runs.directory import RunDirectory
from ..runs.names import SEEDS
from ..tasks.base import Task
from .writers import write_scalars, writers

Plain = bool | int | float | str

CHOICES = ("model", "data", "optimizer")
NOT_HPARAMS = ("allow", "claim", "evaluate", "logger", "name", "output_dir", "trial")
"""First parts of the keys of settings that do not affect learning."""


class HParams(pl.Callback):
    """Log settings as hyperparameters and, under `best/`, the best values so far of the metrics that rank runs.

    These are the head's first metric and the loss, both on the validation split. The tab shows the last value of a
    tag, so the best value is logged after every validation. Everything is written to the event file of the run. Runs
    that differ only in their seeds form one group.

    No run writes a record of the experiment: TensorBoard would read the one of an arbitrary run and show the columns of
    that run only. Without one, it finds all settings and marks those that differ, which then come first.
    """

    def __init__(self) -> None:
        self.best: dict[str, float] = {}

    def on_fit_start(self, trainer: pl.Trainer, task: Task) -> None:  # type: ignore[override]
        """Write the settings of the run and the name of its group."""
        overrides = RunDirectory(Path(trainer.default_root_dir)).overrides()
        start = SessionStartInfo(group_name=group_name(task.config, overrides), start_time_secs=time.time())
        for name, value in hparams(task.config, overrides).items():
            match value:
                case bool():
                    start.hparams[name].bool_value = value
                case str():
                    start.hparams[name].string_value = value
                case _:
                    start.hparams[name].number_value = value
        _write(trainer, metadata.SESSION_START_INFO_TAG, HParamsPluginData(session_start_info=start))

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
        _write(trainer, metadata.SESSION_END_INFO_TAG, HParamsPluginData(session_end_info=end))

    def state_dict(self) -> dict[str, Any]:
        """Return the best values so far."""
        return {"best": dict(self.best)}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Restore the best values of a resumed run."""
        self.best = dict(state_dict["best"])


def ranking_metrics(task: Task) -> list[str]:
    """Return the validation metrics by which runs are ranked: the head's first metric and the loss."""
    return list(dict.fromkeys((task.primary[0], "val/loss")))


def hparams(config: dict[str, Any], overrides: Sequence[str]) -> dict[str, Plain]:
    """Return the settings of a run that are shown, as plain values.

    In a sweep, these are the swept settings; else the chosen model, data and optimizer and all overridden settings.
    Seeds and settings without effect on learning are left out.
    """
    if trial := config.get("trial"):
        found = dict(trial["params"])
    else:
        found = {group: config.get("choices", {}).get(group) for group in CHOICES}
        found |= {key: lookup(config, key) for key in overridden(overrides)}
    return {key: plain(value) for key, value in found.items() if value is not None and is_hparam(key)}


def group_name(config: dict[str, Any], overrides: Sequence[str]) -> str:
    """Return a readable name that runs share if they differ only in seeds: the swept settings, then all others."""
    swept = dict((config.get("trial") or {}).get("params", {}))
    others = {key: lookup(config, key) for key in overridden(overrides) if key not in CHOICES}
    choices = config.get("choices", {})
    return " ".join(
        [
            *(f"{key.rpartition('.')[2]}={plain(value)}" for key, value in swept.items() if is_hparam(key)),
            *(str(choices[group]) for group in CHOICES if choices.get(group) and group not in swept),
            *(f"{key}={plain(value)}" for key, value in others.items() if key not in swept and is_hparam(key)),
        ]
    )


def is_hparam(key: str) -> bool:
    """Return whether a setting can affect the result of learning beyond chance."""
    return key.partition(".")[0] not in NOT_HPARAMS and key.rpartition(".")[2] not in SEEDS


def overridden(overrides: Sequence[str]) -> list[str]:
    """Return the keys of overrides."""
    return [line.lstrip("+~").partition("=")[0] for line in overrides]


def lookup(config: dict[str, Any], key: str) -> Any:
    """Return the chosen option of a group, or the value of a dotted key; None if the config has neither."""
    if key in config.get("choices", {}):
        return config["choices"][key]
    node: Any = config
    for part in key.split("."):
        node = node.get(part) if isinstance(node, dict) else None
    return node


def plain(value: Any) -> Plain:
    """Return a value that the tab can read: lists, mappings and non-finite numbers become strings."""
    if isinstance(value, bool | int | str) or (isinstance(value, float) and math.isfinite(value)):
        return value
    return str(value)


def _write(trainer: pl.Trainer, tag: str, content: HParamsPluginData) -> None:
    summary = Summary(value=[Summary.Value(tag=tag, metadata=metadata.create_summary_metadata(content))])
    for writer in writers(trainer):
        writer._get_file_writer().add_summary(summary)
        writer.flush()
