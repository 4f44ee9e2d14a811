"""Training and evaluation in a run directory, which always has the current status of the run."""

from collections.abc import Sequence
from dataclasses import replace
from shlex import quote
from typing import Any

from ..callbacks.early_stopping import early_stop_message
from ..callbacks.pruning import Pruned, Pruning
from ..data.base import Data
from ..errors import UserError
from ..runs.checkpoint import Checkpoint
from ..runs.directory import RunDirectory
from ..runs.signals import Interrupted
from ..tasks.loop import Diverged
from . import trainers
from .comparison import Comparison
from .evaluation import evaluate_all
from .outlier_scores import write_outlier_scores
from .plan import Plan
from .result import Result
from .schedules import run_length

UNITS = "loss of the standardized target; the other metrics in the target's own units"

DIRECT = "direct: gradients by stated derivatives, without autograd (trainer.engine)"


def fit_and_evaluate(
    directory: RunDirectory,
    plan: Plan,
    overrides: Sequence[str],
    *,
    resumed: bool,
    comparison: Comparison | None = None,
) -> Result:
    """Train and evaluate in a directory, and write status and results into it.

    Raises UserError if the directory cannot be written, and Interrupted with the result if a signal stops the run.
    """
    config, task, data = plan.config, plan.task, plan.data
    last = directory.checkpoint("last")
    try:
        directory.write_setup(config, overrides)
        directory.set_status("running")
        with directory.log():
            checkpoint = Checkpoint.read(last) if resumed else None
            task.cursor = plan.cursor()
            task.length = run_length(plan.trainer, task.cursor.steps_in_epoch)
            data.log_summary()
            directory.write_data(describe(data))
            if (ratings := data.training_ratings()) is not None:
                ratings.write(directory.ratings_file)
            trainer = trainers.build(plan, directory, from_epoch=checkpoint.epoch if checkpoint else None)
            if comparison is not None and comparison.report is not None:
                trainer.callbacks.append(Pruning(metric=comparison.metric, report=comparison.report))  # type: ignore[attr-defined]
            trainer.fit(task, task.cursor, plan.validation(), ckpt_path=last if resumed else None)
            stopped = early_stop_message(trainer, steps_before=checkpoint.step if checkpoint else 0)
            metrics = evaluate_all(trainer, plan, directory)
            write_outlier_scores(trainer, plan, directory)
        directory.write_results(metrics)
        return replace(
            finish(directory, "done", stopped, metrics=metrics),
            units=UNITS if data.spec.target_scale else "",
            data=data.summary or "",
            engine=DIRECT if task.direct is not None else "",
        )
    except Pruned as error:
        return finish(directory, "pruned", str(error))
    except Diverged as error:
        message = f"{error}; try a smaller optimizer.lr (now {config['optimizer'].get('lr')}) or gradient clipping"
        return finish(directory, "diverged", message)
    except Interrupted as error:
        resume = quote(f"resume={directory.path}")
        hint = f"; continue with: nnzoo train {resume}" if last.is_file() else f" in {directory.path}"
        error.result = finish(directory, "interrupted", f"stopped by {error}{hint}", signal=error.number)
        raise
    except OSError as error:
        finish(directory, "failed", f"{type(error).__name__}: {error}")
        raise UserError(f"cannot write to {directory.path}: {error.strerror or error}") from error
    except BaseException as error:
        finish(directory, "failed", f"{type(error).__name__}: {error}")
        raise


def describe(data: Data) -> dict[str, Any]:
    """Return the description of the data that is stored with the run."""
    unit = "tokens" if data.batch_kind == "contiguous" else "examples"
    return {"spec": str(data.spec), "unit": unit, "sizes": data.split_sizes(), "summary": data.summary}


def finish(
    directory: RunDirectory,
    status: str,
    message: str = "",
    *,
    metrics: dict[str, dict[str, float]] | None = None,
    signal: int | None = None,
) -> Result:
    """Write the final status of a run, and return its result."""
    try:
        directory.set_status(status, message)
    except OSError:
        message += " (status.json could not be written)"
    return Result(directory.path, status, metrics or {}, message, signal)
