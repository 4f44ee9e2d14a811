"""Run a sweep from its plan to its tables, or continue one that was interrupted."""

import shlex
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..config.given import NOTHING, Given
from ..errors import UserError, reason_of
from ..formatting import format_number
from ..runs.machine import available_cores
from ..runs.refused import missing_folders, remove_empty
from ..runs.signals import Interrupted, Signals
from .best import command, command_of_all, write_best
from .devices import sharing, visible_devices
from .directory import ActiveSweep, SweepDirectory
from .engine import EndedRun, Engine, label_of, value_of
from .job import SAME_DATA, Description, Job, Setup
from .locks import without_password
from .plan import SweepPlan
from .pools import InProcess, Pool
from .progress import Progress
from .results import Results, collect, write_tables
from .start import choose_metric, default_name, find_directory, first_points, parent_of
from .study import Direction, Study, check_storage, open_study
from .vectorized import Vectorized

MODES: dict[str, Direction] = {"min": "minimize", "max": "maximize"}


@dataclass(frozen=True)
class SweepOutcome:
    """The end of a sweep. status: done, interrupted or failed; signal: that interrupted it."""

    directory: Path
    status: str
    message: str
    results: Results
    command: str = ""
    command_of_all: str = ""
    signal: int | None = None


def run_sweep(
    plan: SweepPlan,
    *,
    name: str = "",
    source: Any = None,
    given: Given = NOTHING,
    arguments: Sequence[str] = (),
    print_line: Callable[[str], None] = print,
) -> SweepOutcome:
    """Run a sweep and return its results.

    name: readable part of the directory's name; source: data from Python; given: objects from
    Python, of which each run has a copy; arguments: of the command, for the record;
    print_line: takes lines about the progress. Raises UserError before anything is trained if something does not fit.
    """
    check_storage(plan.settings.storage)
    made = missing_folders(parent_of(plan))
    with ExitStack() as stack:
        directory, continued, lock = locked_directory(plan, name or default_name(plan), stack)
        stack.enter_context(one_line_errors(directory, plan.settings.storage))
        if plan.launcher is None and (note := sharing(plan.settings.workers, visible_devices(), available_cores())):
            print_line(f"workers      {note}")
        signals = stack.enter_context(Signals(deferred=True))
        runner = Runner(plan, directory, lock, Setup(plan.overrides, plan.own_configs, source, given), print_line)
        stack.callback(runner.close)
        try:
            record = known_record(directory, runner) if continued else new_record(plan, directory, runner, arguments)
            metric, mode = record["metric"], record["mode"]
            study = open_study(
                directory,
                storage=plan.settings.storage,
                name=plan.settings.study,
                direction=MODES[mode],
                pruner=plan.settings.pruner,
                fingerprint=plan.fingerprint(),
            )
        except BaseException:  # an error or a signal before the first trial: nothing is worth keeping
            if not continued:
                runner.close()
                shutil.rmtree(directory.path, ignore_errors=True)
                remove_empty(made)
            raise
        if continued:
            print_line(f"continuing   {shlex.quote(str(directory.path))}: {progress_of(study, plan)}")
        directory.set_status("running")
        return runner.run(study, metric, mode, record["examples"], signals)


@contextmanager
def one_line_errors(directory: SweepDirectory, storage: str | None) -> Iterator[None]:
    """Raise UserError if the disk or the database of the study fails."""
    from optuna.exceptions import StorageInternalError

    try:
        yield
    except BrokenPipeError:  # of standard output
        raise
    except (OSError, StorageInternalError) as error:
        cause = error if isinstance(error, OSError) else error.__cause__ or error
        reason = getattr(cause, "strerror", None) or reason_of(cause)
        where = directory.path if isinstance(error, OSError) else f"the study in {without_password(storage or '')}"
        raise UserError(f"cannot write to {where}: {reason}; the same command continues the sweep") from error


def locked_directory(plan: SweepPlan, name: str, stack: ExitStack) -> tuple[SweepDirectory, bool, int]:
    """Return the directory of the sweep, whether it continues there, and the lock, which the stack releases.

    If another process continues the sweep at this moment, there is a new directory. Raises ActiveSweep if `sweep.dir`
    is locked, and UserError if a directory cannot be written.
    """
    while True:
        directory, continued = find_directory(plan, name)
        try:
            return directory, continued, stack.enter_context(directory.lock())
        except ActiveSweep:
            if not continued or plan.settings.dir is not None:
                raise


def new_record(
    plan: SweepPlan, directory: SweepDirectory, runner: "Runner", arguments: Sequence[str]
) -> dict[str, Any]:
    """Write and return what a new sweep searches."""
    with Signals(deferred=False):  # nothing is lost: a signal need not wait until the worker has started
        described = runner.describe()
        decided = choose_metric(plan, described)
    storage = plan.settings.storage
    shown = [line if storage is None else line.replace(storage, without_password(storage)) for line in arguments]
    record = {
        "fingerprint": plan.fingerprint(),
        "command": shlex.join(["nnzoo", "train", *shown]),
        "overrides": list(plan.overrides),
        "params": {param.key: str(param) for param in plan.space.params},
        **decided,
        "data": described.digest,
    }
    directory.write_record(record)
    return record


def known_record(directory: SweepDirectory, runner: "Runner") -> dict[str, Any]:
    """Return what a sweep that continues searches. Raises UserError if the data has changed since it began."""
    record = directory.record()
    if "data" in record and record["data"] != runner.describe().digest:  # that of earlier versions has no digest
        raise UserError(f"the data has changed since the sweep {directory.path} began; {SAME_DATA}")
    return record


def ended(study: Study) -> int:
    """Return the number of trials that have ended."""
    return sum(trial.status != "running" for trial in study.trials())


def progress_of(study: Study, plan: SweepPlan) -> str:
    """Return how many trials have ended, and of how many."""
    return f"{ended(study)}{f' of {plan.trials}' if plan.trials else ''} trials have ended"


class Runner:
    """Runs the trials of a sweep in a pool and shows the progress."""

    def __init__(
        self, plan: SweepPlan, directory: SweepDirectory, lock: int, setup: Setup, print_line: Callable[[str], None]
    ) -> None:
        self.plan = plan
        self.directory = directory
        self.print_line = print_line
        self.engine: Engine | None = None
        self.pool = self._pool(setup, lock)
        self.progress = Progress(plan.trials)

    def _pool(self, setup: Setup, lock: int) -> Pool:
        settings = self.plan.settings
        if settings.vectorized:
            return Vectorized(setup, self._report, print_line=self._print_line)
        if settings.workers == 0:
            return InProcess(setup, self._report)
        if self.plan.launcher is not None:
            folder = self.directory.worker_logs
            return self.plan.launcher.pool(setup, self._report, workers=settings.workers, folder=folder)
        from .processes import Processes

        return Processes(
            setup,
            self._report,
            workers=settings.workers,
            runs_per_worker=settings.runs_per_worker,
            logs=self.directory.worker_logs,
            lock=lock,
            devices=self.plan.devices,
        )

    def _report(self, job: Job, epoch: int, value: float) -> bool:
        assert self.engine is not None
        return self.engine.report(job, epoch, value)

    def _print_line(self, line: str) -> None:
        self.progress.write(self.print_line, line)

    def describe(self) -> Description:
        """Return what the runs measure, from the first trial that works. Raises UserError if none does."""
        error: UserError | None = None
        for overrides in first_points(self.plan):
            try:
                return self.pool.describe(overrides)
            except UserError as found:
                error = error or found
        assert error is not None
        raise error

    def run(self, study: Study, metric: str, mode: str, examples: int, signals: Signals) -> SweepOutcome:
        """Run all trials and write the tables."""
        plan, directory = self.plan, self.directory
        self.progress.begin(ended(study))

        def on_ended(run: EndedRun) -> None:
            self.progress.write(self.print_line, describe_run(run, metric))
            self.progress.update(ended(study), study, metric)

        self.engine = Engine(plan, directory, study, metric, on_ended=on_ended)
        try:
            number = self.engine.run(self.pool, lambda: signals.received)
        except Interrupted as error:  # a second Ctrl-C
            number = error.number
        if number is not None:
            self.pool.stop()
        self.progress.end()
        results = collect(plan, directory, study, metric=metric, mode=mode, examples=examples)
        message = self.engine.message
        if number is None and self.engine.complete:
            status = "done"
        elif self.engine.failures and message:
            status = "failed"
        else:
            status = "interrupted"
        if status != "done":
            message = "; ".join(filter(None, (message, f"the same command continues: {progress_of(study, plan)}")))
        write_tables(results, directory)
        write_best(results, plan, directory)
        from .pictures import write_figures  # imports Matplotlib

        write_figures(results, study, directory)
        directory.set_status(status, message)
        best = results.best
        return SweepOutcome(
            directory.path,
            status,
            message,
            results,
            command(best, plan) if best else "",
            command_of_all(best, plan) if best and len(best.runs) > 1 else "",
            number,
        )

    def close(self) -> None:
        """End the worker processes."""
        self.pool.close()


def describe_run(run: EndedRun, metric: str) -> str:
    """Return a line about a run that has ended."""
    words = [label_of(run.trial.point), *(f"{key}={value}" for key, value in run.replicate)]
    value = value_of(run.outcome.metrics, metric)
    status, message = run.outcome.status, run.outcome.message
    end = message if message.startswith(status) else f"{status}: {message}"
    result = f"{metric} {format_number(value)}" if value is not None else end
    return f"[{run.trial.number}] {' '.join(filter(None, words))}: {result}"
