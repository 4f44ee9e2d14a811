"""Training in a run's directory, and measuring: what becomes of it is written there at any moment."""

from collections.abc import Sequence
from dataclasses import replace
from shlex import quote

from ..callbacks.early_stopping import early_stop_message
from ..errors import UserError
from ..runs.checkpoint import Checkpoint
from ..runs.directory import RunDirectory
from ..runs.signals import Interrupted
from ..tasks.base import Diverged
from . import trainers
from .measuring import measure_all
from .plan import Plan
from .result import Result

UNITS = "loss of the standardized target; the other metrics in the target's own units"


def fit_and_evaluate(directory: RunDirectory, plan: Plan, overrides: Sequence[str], *, resumed: bool) -> Result:
    """Train in a directory and write into it how that went.

    Raises UserError if it cannot be written, and Interrupted with what became of the run.
    """
    config, task, data = plan.config, plan.task, plan.data
    last = directory.checkpoint("last")
    try:
        directory.write_setup(config, overrides)
        directory.set_status("running")
        with directory.log():
            begin = Checkpoint.read(last) if resumed else None
            task.cursor = plan.cursor()
            data.announce()
            trainer = trainers.build(plan, directory, from_epoch=begin.epoch if begin else None)
            trainer.fit(task, task.stream, plan.validation(), ckpt_path=last if resumed else None)
            stopped = early_stop_message(trainer, steps_before=begin.step if begin else 0)
            metrics = measure_all(trainer, plan, directory)
        directory.write_results(metrics)
        return replace(
            end(directory, "done", stopped, metrics=metrics),
            units=UNITS if data.spec.target_scale else "",
            data=data.summary or "",
        )
    except Diverged as error:
        message = f"{error}; try a smaller optimizer.lr (now {config['optimizer'].get('lr')}) or gradient clipping"
        return end(directory, "diverged", message)
    except Interrupted as error:
        resume = quote(f"resume={directory.path}")
        way = f"; go on with: nnzoo train {resume}" if last.is_file() else f" in {directory.path}"
        error.result = end(directory, "interrupted", f"stopped by {error}{way}", signal=error.number)
        raise
    except OSError as error:
        end(directory, "failed", f"{type(error).__name__}: {error}")
        raise UserError(f"cannot write to {directory.path}: {error.strerror or error}") from error
    except BaseException as error:
        end(directory, "failed", f"{type(error).__name__}: {error}")
        raise


def end(
    directory: RunDirectory,
    status: str,
    message: str = "",
    *,
    metrics: dict[str, dict[str, float]] | None = None,
    signal: int | None = None,
) -> Result:
    """Write the last word on a run, if it can be written."""
    try:
        directory.set_status(status, message)
    except OSError:
        message += " (status.json could not be written)"
    return Result(directory.path, status, metrics or {}, message, signal)
