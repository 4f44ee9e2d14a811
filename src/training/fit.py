"""Training and evaluation in a run directory, which always has the current status of the run."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from shlex import quote
from typing import Any

import pytorch_lightning as pl
from pytorch_lightning.utilities.exceptions import MisconfigurationException

from ..builders.adapters import Network
from ..builders.objects import join_objects, needed_again
from ..callbacks.early_stopping import early_stop_message
from ..callbacks.pruning import Pruned, Pruning
from ..data.base import Data
from ..errors import UserError, reason_of
from ..runs.checkpoint import Checkpoint
from ..runs.directory import RunDirectory
from ..runs.lock import LostRun, Place
from ..runs.signals import Interrupted
from ..tasks.loop import Diverged
from . import trainers
from .comparison import Comparison
from .evaluation import evaluate_all
from .outlier_scores import write_outlier_scores
from .plan import Plan
from .result import Result
from .resumable import RESTORING_ERRORS, check_resumable
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

    Raises UserError if the directory cannot be written or the checkpoint of a resumed run does not fit, and Interrupted
    with the result if a signal stops the run. A run that fails before it is resumed keeps its status and its set-up.
    """
    last, place = directory.checkpoint("last"), Place.of(directory)
    checkpoint = Checkpoint.read(last) if resumed else None
    before = None
    if checkpoint is not None:
        check_resumable(checkpoint, plan)
        directory.check_metrics()
        before = directory.read_setup()
    try:
        directory.remove_drafts()
        directory.write_setup(plan.config, overrides)
        directory.set_status("running")
        with directory.log():
            prepare(directory, plan)
            trainer = trainers.build(plan, directory, from_epoch=checkpoint.epoch if checkpoint else None)
            if comparison is not None and comparison.report is not None:
                trainer.callbacks.append(Pruning(metric=comparison.metric, report=comparison.report))  # type: ignore[attr-defined]
            try:
                fit(trainer, plan, last if resumed else None)
            except MisconfigurationException as error:
                raise UserError(f"a callback cannot be used here: {reason_of(error)}") from error
            stopped = early_stop_message(trainer, steps_before=checkpoint.step if checkpoint else 0)
            metrics = evaluate_all(trainer, plan, directory)
            write_outlier_scores(trainer, plan, directory)
            place.check()
        return conclude(directory, plan, metrics, stopped, direct=plan.task.direct is not None)
    except Pruned as error:
        return finish(directory, "pruned", str(error))
    except Diverged as error:
        return conclude_diverged(directory, plan, error)
    except Interrupted as error:
        error.result = conclude_interrupted(directory, error)
        raise
    except BaseException as error:
        if isinstance(error, OSError | LostRun):
            find_lost(place, error)
        if before is None or plan.task.started:
            finish(directory, "failed", str(error) if isinstance(error, UserError) else describe_error(error))
        else:
            directory.restore_setup(before)
        if isinstance(error, OSError):
            raise UserError(f"cannot write to {directory.path}: {error.strerror or error}") from error
        raise


def find_lost(place: Place, error: OSError | LostRun) -> None:
    """Raise LostRun if the directory is lost, with the status written in its new place, as far as possible."""
    try:
        place.check()
    except LostRun as lost:
        if lost.directory is not None:
            finish(lost.directory, "failed", str(lost))
        raise lost from error


def describe_error(error: BaseException) -> str:
    """Return the type and the message of an exception."""
    return f"{type(error).__name__}: {error}"


def fit(trainer: pl.Trainer, plan: Plan, checkpoint: Path | None) -> None:
    """Train, from a checkpoint if there is one. Raises UserError if a part of the run cannot be restored from it."""
    task = plan.task
    try:
        trainer.fit(task, task.cursor, plan.validation(), ckpt_path=checkpoint)
    except RESTORING_ERRORS as error:
        if checkpoint is None or task.started:
            raise
        reason = (str(error).splitlines() or [""])[0]
        raise UserError(f"{checkpoint} cannot be resumed: {type(error).__name__}: {reason}") from error


def prepare(directory: RunDirectory, plan: Plan) -> None:
    """Give the task its batches and the length of the run, load the data, and describe it in the directory."""
    task, data = plan.task, plan.data
    task.cursor = plan.cursor()
    task.length = run_length(plan.trainer, task.cursor.steps_in_epoch)
    data.log_summary()
    directory.write_data(describe(data))
    if (ratings := data.training_ratings()) is not None:
        ratings.write(directory.ratings_file)


def conclude(
    directory: RunDirectory, plan: Plan, metrics: dict[str, dict[str, float]], message: str, *, direct: bool
) -> Result:
    """Write the results of a run that ended, and return them.

    message: why it stopped early, if it did; direct: whether its steps were direct.
    """
    directory.write_results(metrics)
    assert isinstance(plan.task.net, Network)
    return replace(
        finish(directory, "done", message, metrics=metrics),
        units=UNITS if plan.data.spec.target_scale else "",
        data=plan.data.summary or "",
        engine=DIRECT if direct else "",
        weights=plan.task.net.origin,
    )


def conclude_diverged(directory: RunDirectory, plan: Plan, error: Diverged) -> Result:
    """Write the end of a run whose loss is not finite."""
    lr = plan.config["optimizer"].get("lr")
    return finish(directory, "diverged", f"{error}; try a smaller optimizer.lr (now {lr}) or gradient clipping")


def conclude_interrupted(directory: RunDirectory, error: Interrupted) -> Result:
    """Write the end of a run that a signal stopped."""
    command = f"nnzoo train {quote(f'resume={directory.path}')}"
    if needed := needed_again(directory.config()):
        command = f"nnzoo.resume({str(directory.path)!r}, {join_objects(needed)})"
    saved = directory.checkpoint("last").is_file()
    hint = f"; continue with: {command}" if saved else f" in {directory.path}"
    return finish(directory, "interrupted", f"stopped by {error}{hint}", signal=error.number)


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
        directory.set_status(status, message, directory.checksums())
    except OSError:
        message += " (status.json could not be written)"
    return Result(directory.path, status, metrics or {}, message, signal)
