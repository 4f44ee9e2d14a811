"""The runs of an experiment, several at a time in worker processes if there are several cores."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any, NamedTuple

from ..errors import UserError, unknown
from ..formatting import to_hydra
from ..runs.child import Child
from ..runs.directory import RunDirectory
from ..runs.environment import environment
from ..runs.signals import Interrupted
from ..sweeps.processes import environment_of
from .claims import Run

NOT_COMPARED = ("command", "platform", "started")  # parts of the environment that do not affect results
ANSWER, ERROR = "answer", "error"


@dataclass(frozen=True)
class Job:
    """One run to train.

    curve: metric whose values after each epoch are kept, None = none; weights_of: arm whose run with the same seed
    gives the initial weights, None = none; source: this run, once it has ended.
    """

    arm: str
    seed: int
    overrides: Sequence[str]
    curve: str | None = None
    weights_of: str | None = None
    source: "Trained | None" = None


class Trained(NamedTuple):
    """A run, the environment that it was trained in, and its directory, None if it failed."""

    run: Run
    environment: dict[str, Any]
    directory: Path | None = None


class Queue:
    """Jobs that wait, some of them for the run whose weights they begin with."""

    def __init__(self, jobs: Sequence[Job]) -> None:
        self.jobs = list(jobs)
        self.ended: dict[tuple[str, int], Trained] = {}

    def take(self) -> Job | None:
        """Return the first job that can be trained, with its source; None if there is none now."""
        for job in self.jobs:
            source = None if job.weights_of is None else self.ended.get((job.weights_of, job.seed))
            if job.weights_of is None or source is not None:
                self.jobs.remove(job)
                return replace(job, source=source)
        return None

    def end(self, trained: Trained) -> Trained:
        """Let the jobs start that waited for a run; return the run."""
        self.ended[trained.run.arm, trained.run.seed] = trained
        return trained


def train_all(jobs: Sequence[Job], workers: int, log: Path) -> Iterator[Trained]:
    """Train jobs and yield their runs: in order with one worker, else as they end.

    workers: processes that train at the same time, 1 = this process; log: file of their output, removed if all jobs
    ended. Raises UserError for errors of the user, and Interrupted or KeyboardInterrupt if a signal ends a run.
    """
    count = min(workers, len(jobs))
    queue = Queue(jobs)
    if count <= 1:
        while job := queue.take():
            yield queue.end(train(job))
        return
    with pool(count, log) as processes:
        busy: dict[Any, tuple[Child, Job]] = {}
        idle = list(processes)
        while queue.jobs or busy:
            while idle and (job := queue.take()):
                child = idle.pop()
                busy[child.connection] = child, job
                child.send(job)
            for connection in wait(list(busy)):
                child, job = busy.pop(connection)
                yield queue.end(answer(child, job))
                idle.append(child)
    log.unlink()


@contextmanager
def pool(count: int, log: Path) -> Iterator[list[Child]]:
    """Start worker processes, which share the cores, and end them."""
    children: list[Child] = []
    try:
        for number in range(count):
            variables = environment_of(number, count, devices=1)
            children.append(Child("nnzoo.experiments.worker", log=log, environment=variables))
        yield children
    finally:
        for child in children:
            child.close()


def answer(child: Child, job: Job) -> Trained:
    """Return the run that a worker process has trained. Raises UserError, also if the process died."""
    try:
        kind, content = child.receive()
    except EOFError:
        raise UserError(f"{' '.join(job.overrides)}: {child.death('the worker process')}") from None
    if kind == ERROR:
        raise UserError(content)
    trained: Trained = content
    return trained


def train(job: Job) -> Trained:
    """Train once. Unexpected exceptions are recorded as a failed run.

    Raises UserError for errors of the user, and Interrupted or KeyboardInterrupt if a signal ends the run.
    """
    from ..api import train as train_run

    overrides = list(job.overrides)
    if job.source:
        if job.source.run.status != "done":
            message = f"the run of arm '{job.weights_of}', with whose weights it begins, {job.source.run.status}"
            return Trained(Run(job.arm, job.seed, "failed", 0.0, message=message), job.source.environment)
        overrides.append(f"weights={to_hydra(job.source.directory)}")
    start = time.perf_counter()
    try:
        result = train_run(*overrides)
    except UserError:
        raise
    except Exception as error:
        message = f"{type(error).__name__}: {error}"
        failed = Run(job.arm, job.seed, "failed", seconds_since(start), message=message)
        return Trained(failed, comparable(environment()))
    if result.signal:
        raise Interrupted(result.signal)
    curve = column(result.directory, job.curve) if job.curve else []
    run = Run(job.arm, job.seed, result.status, seconds_since(start), result.metrics, curve, result.message)
    return Trained(run, comparable(RunDirectory(result.directory).environment()), result.directory)


def comparable(environment: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parts of an environment that may affect results."""
    return {key: value for key, value in environment.items() if key not in NOT_COMPARED}


def seconds_since(start: float) -> float:
    """Return the seconds since `start`, rounded to a tenth."""
    return round(time.perf_counter() - start, 1)


def column(directory: Path, metric: str) -> list[float]:
    """Return a metric after each epoch of a run. Raises UserError if it was not measured."""
    rows = RunDirectory(directory).history()
    if not rows or metric not in rows[0]:
        raise unknown("metric of a claim's curves", metric, rows[0] if rows else ())
    return [row[metric] for row in rows]
