"""Training in a run's directory, and measuring: what becomes of it is written there at any moment."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from shlex import quote
from typing import Any

from . import runs, trainers
from .callbacks.early_stopping import why_stopped
from .callbacks.signals import Interrupted
from .checkpoints import read
from .data.base import Data
from .errors import UserError
from .run import Result
from .tasks.base import Diverged, Task

UNITS = "loss of the standardized target; the other metrics in the target's own units"


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
            data.announce()
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
