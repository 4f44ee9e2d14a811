"""The loop of a sweep: ask for trials, give their runs to workers, tell the results."""

import math
import statistics
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..runs.directory import RunDirectory
from ..runs.lock import is_active
from ..runs.names import safe_name
from .directory import SweepDirectory
from .job import Job, Outcome
from .plan import SweepPlan
from .pools import Pool
from .replicates import Replicate
from .space import Point, plain_value
from .study import Study, Trial

LABEL = 60  # characters of the settings in the name of a run
WORST = ("failed", "diverged", "pruned", "done")
"""Statuses of runs; the first that occurs is that of their trial."""


@dataclass
class OpenTrial:
    """A trial that has not ended. waiting: replicates that have no job yet; outcomes: of those that have ended."""

    trial: Trial
    waiting: deque[Replicate]
    outcomes: dict[Replicate, Outcome] = field(default_factory=dict)


@dataclass(frozen=True)
class EndedRun:
    """A run that has ended."""

    trial: Trial
    replicate: Replicate
    outcome: Outcome


class Engine:
    """Runs the trials of a sweep until there are no more.

    metric: such as val/acc; on_ended: called for each run that ends. Trials are started in the order of their numbers.
    A trial that may be pruned trains with the first seed alone; the others follow if it is not pruned.
    """

    def __init__(
        self,
        plan: SweepPlan,
        directory: SweepDirectory,
        study: Study,
        metric: str,
        *,
        on_ended: Callable[[EndedRun], None],
    ) -> None:
        self.plan = plan
        self.directory = directory
        self.study = study
        self.metric = metric
        self.on_ended = on_ended
        self.open: dict[int, OpenTrial] = {}
        self.replicates: dict[Path, Replicate] = {}  # of the active jobs, by directory
        self.queue: deque[tuple[int, Replicate]] = deque()
        self.failures = 0
        self.message = ""

    @property
    def complete(self) -> bool:
        """Whether all trials have ended."""
        return not self.open and self.study.is_complete(self.plan.space, self.plan.strategy)

    def report(self, job: Job, epoch: int, value: float) -> bool:
        """Record the metric of a job; return whether to stop it."""
        return self.study.report(job.trial, epoch, value)

    def run(self, pool: Pool, stopped: Callable[[], int | None]) -> int | None:
        """Run until there are no more trials, too many have failed, or a signal stops the sweep; return the signal.

        stopped: returns the signal that has been received.
        """
        start = time.monotonic()

        def late() -> bool:
            return self.plan.settings.timeout is not None and time.monotonic() - start >= self.plan.settings.timeout

        for trial in self.study.running():  # of a sweep that was interrupted
            self.begin(trial)
        while stopped() is None:
            while not self.message and pool.free and (job := self.next_job(new=not late())):
                pool.submit(job)
            if not pool.active:
                break
            for job, outcome in pool.ended():
                if outcome.status == "interrupted":
                    return outcome.signal
                self.end_run(job, outcome)
        if not self.message and late() and not self.complete:
            self.message = f"no further trial was started after sweep.timeout={self.plan.settings.timeout:g} seconds"
        return stopped()

    def next_job(self, *, new: bool) -> Job | None:
        """Return the next job, None if there is none now. new: whether to start trials."""
        while not self.queue:
            if not new:
                return None
            asked = self.study.ask(self.plan.space, self.plan.strategy)
            if isinstance(asked, str):  # END, or WAIT for running trials
                return None
            self.begin(asked)
        number, replicate = self.queue.popleft()
        return self.job(self.open[number].trial, replicate)

    def begin(self, trial: Trial) -> None:
        """Queue the runs of a trial, or only the first if it may be pruned."""
        if trial.repeats is not None and self.repeat(trial):
            return
        self.open[trial.number] = OpenTrial(trial, deque(self.plan.replicates))
        self.queue_runs(trial.number)

    def queue_runs(self, number: int) -> None:
        """Queue the runs of a trial that can start now. Runs that ended before an interruption are not repeated."""
        entry = self.open[number]
        while entry.waiting and number in self.open:
            replicate = entry.waiting.popleft()
            if (outcome := self.finished(entry.trial, replicate)) is not None:
                self.record_outcome(number, replicate, outcome)
                continue
            self.queue.append((number, replicate))
            if self.plan.prunes and not entry.outcomes:
                return

    def repeat(self, trial: Trial) -> bool:
        """Give a repeated trial the result of the earlier one; return False if that has no result yet."""
        earlier = self.study.trials()[trial.repeats or 0]
        if earlier.status == "running":
            trial.repeats = None
            return False
        message = f"the same settings as trial {earlier.number}"
        self.study.tell(trial.number, earlier.status, earlier.value, message, repeats=earlier.number)
        return True

    def job(self, trial: Trial, replicate: Replicate) -> Job:
        """Return the job of a run, in a new directory or in the one where it was interrupted."""
        name = run_name(trial, replicate)
        attempts = self.directory.attempts(name)
        resume = bool(attempts) and attempts[-1].checkpoint("last").is_file()
        directory = attempts[-1] if resume else self.directory.new_attempt(name)
        job = Job(
            trial=trial.number,
            point=trial.point,
            overrides=(*self.plan.space.overrides(trial.point), *(f"{key}={value}" for key, value in replicate)),
            directory=directory.path,
            resume=resume,
            metric=self.metric,
            prune=self.plan.prunes and replicate == self.plan.replicates[0],
        )
        self.replicates[job.directory] = replicate
        return job

    def finished(self, trial: Trial, replicate: Replicate) -> Outcome | None:
        """Return the outcome of a run that ended before the sweep was interrupted, None if it did not."""
        attempts = self.directory.attempts(run_name(trial, replicate))
        if not attempts or attempts[-1].status() not in WORST:
            return None
        return Outcome(attempts[-1].status(), attempts[-1].message(), attempts[-1].results())

    def end_run(self, job: Job, outcome: Outcome) -> None:
        """Take the outcome of a job."""
        replicate = self.replicates.pop(job.directory)
        directory = RunDirectory(job.directory)
        if outcome.status == "failed" and directory.status() != "failed" and not is_active(directory):  # worker died
            directory.set_status("failed", outcome.message)
        entry = self.open[job.trial]
        self.record_outcome(job.trial, replicate, outcome)
        self.on_ended(EndedRun(entry.trial, replicate, outcome))
        if job.trial in self.open:
            self.queue_runs(job.trial)

    def record_outcome(self, number: int, replicate: Replicate, outcome: Outcome) -> None:
        """Store the outcome of a run; end its trial if it was the last one or was pruned."""
        entry = self.open[number]
        entry.outcomes[replicate] = outcome
        pruned = outcome.status == "pruned"
        if pruned or len(entry.outcomes) == len(self.plan.replicates):
            del self.open[number]
            self.end_trial(entry)

    def end_trial(self, entry: OpenTrial) -> None:
        """Tell the study the result of a trial."""
        status, value, message = summarize(list(entry.outcomes.values()), self.metric)
        self.study.tell(entry.trial.number, status, value, message)
        entry.trial.status, entry.trial.value = status, value
        if status == "failed":
            self.failures += 1
            limit = self.plan.settings.max_failures
            if limit is not None and self.failures >= limit:
                self.message = f"stopped after {self.failures} failed trials (sweep.max_failures)"


def summarize(outcomes: Sequence[Outcome], metric: str) -> tuple[str, float | None, str]:
    """Return status, value and message of a trial from the outcomes of its runs."""
    status = next(each for each in WORST if any(outcome.status == each for outcome in outcomes))
    message = next(outcome.message for outcome in outcomes if outcome.status == status)
    if status != "done":
        return status, None, message
    values = [value_of(outcome.metrics, metric) for outcome in outcomes]
    if any(value is None or not math.isfinite(value) for value in values):
        return "failed", None, f"{metric} is not a finite number"
    return status, statistics.fmean(value for value in values if value is not None), message


def value_of(metrics: dict[str, dict[str, float]], metric: str) -> float | None:
    """Return a metric of the best weights, or of the last weights if there are no best ones; None if unknown."""
    split, _, name = metric.partition("/")
    found = metrics.get(f"{split}/best", metrics.get(f"{split}/last", {}))
    return found.get(name)


def run_name(trial: Trial, replicate: Replicate) -> str:
    """Return the name of a run's directory: number, settings, seed and fold."""
    label = safe_name(label_of(trial.point, "-"))[:LABEL].strip("-_,.")
    parts = [str(trial.number), label, *(f"{key}={value}" for key, value in replicate)]
    return "-".join(part for part in parts if part)


def label_of(point: Point, separator: str = " ") -> str:
    """Return the settings of a trial in a few characters: the last part of each key where that is unambiguous."""
    short = {key: key.rpartition(".")[2].lstrip("+") for key in point}
    names = list(short.values())
    return separator.join(
        f"{short[key] if names.count(short[key]) == 1 else key.lstrip('+')}={format_value(value)}"
        for key, value in point.items()
    )


def format_value(value: str | int | float) -> str:
    """Return a value as text: numbers with up to four significant digits, a list without its brackets."""
    if isinstance(value, float):
        return f"{value:.4g}"
    text = str(plain_value(value))
    return text[1:-1] if text.startswith("[") and text.endswith("]") and "[" not in text[1:] else text
