"""Train what a config says: the whole of a run, from the seed to the results. Also a script: `python src/train.py`."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nnzoo import runs
from nnzoo.errors import UserError


@dataclass(frozen=True)
class Result:
    """What became of a run: status done, diverged or interrupted; metrics by split and checkpoint, `test/best` say."""

    directory: Path
    status: str
    metrics: dict[str, dict[str, float]] = field(default_factory=dict)
    message: str = ""
    signal: int | None = None


def run(
    config: dict[str, Any], overrides: Sequence[str], *, parent: Path | None = None, resume: Path | None = None
) -> Result:
    """Train, keep checkpoints, measure; return what came of it.

    config: resolved and checked, plain data; parent: where the run's directory is made; resume: a run directory to go
    on in instead. Raises UserError for what does not fit, before a directory is made.
    """
    import pytorch_lightning as pl
    import torch
    from nnzoo import trainers
    from nnzoo.building import build_data, build_task
    from nnzoo.callbacks.signals import Interrupted, Signals
    from nnzoo.checkpoints import read
    from nnzoo.tasks.base import Diverged

    threads = torch.get_num_threads()
    try:
        with Signals(deferred=False), trainers.quiet():
            pl.seed_everything(config["seed"], verbose=False)
            data = build_data(config)
            task = build_task(config, data)
            trainers.check(config, task, data)
            torch.set_num_threads(trainers.threads(config, task, data))
            task.stream = trainers.stream(config, data)
            directory = resume or runs.create(parent or default_parent(config), run_name(config, overrides))
            runs.describe(directory, config, overrides)
            runs.set_status(directory, "running")
            with runs.logged(directory):
                start = directory / "checkpoints" / "last.ckpt" if resume else None
                from_epoch = read(start)["nnzoo"]["stream"]["epoch"] if start else None
                trainer = trainers.build(config, task, data, directory, from_epoch=from_epoch)
                trainer.fit(task, task.stream, trainers.validation(config, data), ckpt_path=start)
                metrics = trainers.measure_all(trainer, task, data, config, directory)
    except Diverged as error:
        message = f"{error}; try a smaller optimizer.lr (now {config['optimizer'].get('lr')}) or gradient clipping"
        return end(directory, "diverged", message)
    except Interrupted as error:
        if "directory" not in locals():
            raise
        message = f"stopped by {error}; go on with: nnzoo train resume={directory}"
        return end(directory, "interrupted", message, signal=error.number)
    except BaseException as error:
        if "directory" in locals():
            end(directory, "failed", f"{type(error).__name__}: {error}")
        if isinstance(error, OSError):
            raise UserError(f"cannot write to {directory}: {error.strerror or error}") from error
        raise
    finally:
        torch.set_num_threads(threads)
    runs.write_json(directory / "results.json", metrics)
    return end(directory, "done", metrics=metrics)


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
    return config["name"] or runs.run_name(config["choices"], overrides)


def default_parent(config: dict[str, Any]) -> Path:
    """Return where the run's directory goes: under the experiment's name or the data's."""
    experiment = config["choices"].get("experiment") or config["choices"].get("data")
    return Path(config["output_dir"]) / str(experiment)


if __name__ == "__main__":
    from nnzoo.cli import main

    main(["train", *sys.argv[1:]])
