"""The whole of a run: train what a config says, from the seed to the results."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from shlex import quote
from typing import Any

import torch

from . import runs, trainers
from .building import build_data, build_task
from .callbacks.early_stopping import why_stopped
from .callbacks.signals import Interrupted, Signals
from .checkpoints import read
from .data.base import Data
from .errors import UserError
from .files.paths import digest as checksum
from .files.paths import expanded
from .surroundings import isolated
from .tasks.base import Diverged, Task

FILES = ("path", "root")  # settings of data sets that name a file or folder
UNITS = "loss of the standardized target; the other metrics in the target's own units"
log = logging.getLogger("nnzoo.data")
log.setLevel(logging.INFO)


@dataclass(frozen=True)
class Result:
    """What became of a run: status done, diverged or interrupted; metrics by split and checkpoint, `test/best` say.

    units: what the metrics are measured in, where it is not what the loss is; data: what was read, in one line.
    """

    directory: Path
    status: str
    metrics: dict[str, dict[str, float]] = field(default_factory=dict)
    message: str = ""
    signal: int | None = None
    units: str = ""
    data: str = ""


def run(
    config: dict[str, Any],
    overrides: Sequence[str],
    *,
    parent: Path | None = None,
    name: str | None = None,
    resume: Path | None = None,
    source: Any = None,
    keep: bool = False,
    digest: str | None = None,
) -> Result:
    """Train, keep checkpoints, measure; return what came of it.

    config: resolved and checked, plain data; parent: where the run's directory is made; name: the readable part of its
    name, None = made from config and overrides; resume: a run directory to go on in instead; source: data from Python;
    keep: keep a copy of it in the directory; digest: the checksum that the data must have. Raises UserError for what
    does not fit, before a directory is made, and Interrupted when a signal has ended the run.
    """
    with isolated(run=True) as threads, trainers.quiet(), Signals(deferred=False):
        trainers.seed(config["seed"])
        config = config | {"data": absolute(config["data"])}
        data = build_data(config, source)
        if not data.has_digest(digest):
            raise UserError("the data is not what the run was trained on: its content has changed")
        task = build_task(config, data)
        trainers.check(config, task, data)
        torch.set_num_threads(trainers.threads(config, task, data, threads))
        name = name or run_name(config, overrides)
        directory = resume or runs.create(parent or default_parent(config), name)
        if keep:
            from .data.sources import from_object, keep_copy  # pandas takes a while

            config["data"]["path"] = str(keep_copy(from_object(source), directory / runs.KEPT).resolve())
            data.digest = checksum(Path(config["data"]["path"]))
        return carry_out(directory, config, overrides, task, data, resumed=resume is not None)


def carry_out(
    directory: Path, config: dict[str, Any], overrides: Sequence[str], task: Task, data: Data, *, resumed: bool
) -> Result:
    """Train in a directory and write into it how that went.

    Raises UserError if it cannot be written, and Interrupted with what became of the run.
    """
    last = directory / "checkpoints" / "last.ckpt"
    try:
        runs.describe(directory, config, overrides)
        runs.set_status(directory, "running")
        with runs.logged(directory):
            from_epoch, from_step = position(last) if resumed else (None, 0)
            task.stream = trainers.stream(config, data)
            if data.summary:
                log.info("%s", data.summary)
            trainer = trainers.build(config, task, data, directory, from_epoch=from_epoch)
            trainer.fit(task, task.stream, trainers.validation(config, data), ckpt_path=last if resumed else None)
            stopped = why_stopped(trainer, steps_before=from_step)
            metrics = trainers.measure_all(trainer, task, data, config, directory)
        runs.write_json(directory / "results.json", metrics)
        return replace(
            end(directory, "done", stopped, metrics=metrics),
            units=UNITS if data.spec.target_scale else "",
            data=data.summary or "",
        )
    except Diverged as error:
        message = f"{error}; try a smaller optimizer.lr (now {config['optimizer'].get('lr')}) or gradient clipping"
        return end(directory, "diverged", message)
    except Interrupted as error:
        way = f"; go on with: nnzoo train {quote(f'resume={directory}')}" if last.is_file() else f" in {directory}"
        error.result = end(directory, "interrupted", f"stopped by {error}{way}", signal=error.number)
        raise
    except OSError as error:
        end(directory, "failed", f"{type(error).__name__}: {error}")
        raise UserError(f"cannot write to {directory}: {error.strerror or error}") from error
    except BaseException as error:
        end(directory, "failed", f"{type(error).__name__}: {error}")
        raise


def position(checkpoint: Path) -> tuple[int, int]:
    """Return the epoch that a checkpoint goes on with, and the steps before it."""
    state = read(checkpoint)
    return state["nnzoo"]["stream"]["epoch"], state["global_step"]


def absolute(node: dict[str, Any]) -> dict[str, Any]:
    """Return the settings of a data set with absolute paths of what is there: runs can be used from anywhere."""
    target = node.get("target")
    files = (*FILES, "target") if isinstance(target, str) and target.endswith(".npy") else FILES
    there = {key: expanded(node[key]) for key in files if isinstance(node.get(key), str)}
    return node | {key: str(path.resolve()) for key, path in there.items() if path.exists()}


def end(
    directory: Path,
    status: str,
    message: str = "",
    *,
    metrics: dict[str, dict[str, float]] | None = None,
    signal: int | None = None,
) -> Result:
    """Write the last word on a run, if it can be written."""
    try:
        runs.set_status(directory, status, message)
    except OSError:
        message += " (status.json could not be written)"
    return Result(directory, status, metrics or {}, message, signal)


def run_name(config: dict[str, Any], overrides: Sequence[str]) -> str:
    """Return the readable part of a run's name."""
    return runs.readable(config["name"] or "") or runs.run_name(config["choices"], overrides)


def default_parent(config: dict[str, Any]) -> Path:
    """Return where the run's directory goes: under the experiment's name or the data's."""
    experiment = config["choices"].get("experiment") or config["choices"].get("data")
    return Path(config["output_dir"]) / str(experiment)
