"""Base classes of launchers. Imports neither torch nor the program that runs the jobs."""

import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar

from ...config.packages import require_packages
from ..job import Description, Job, Outcome, Setup
from ..pools import OnReport, Pool
from .remote import Mailbox, RemoteJob

POLL = 0.5  # seconds after which `ended` returns even if no job has ended
PAUSE = 0.05  # seconds between checks
GRACE = 60.0  # seconds that stopped jobs have to save their checkpoints
RESTARTS = 10  # of a job that its machine has interrupted

Handle = TypeVar("Handle")


class Launcher(ABC):
    """A program that runs jobs, with its settings.

    package: which it needs; extra: of nnzoo that installs it; name: of the option in the config group `launcher`.
    """

    package: ClassVar[str]
    extra: ClassVar[str]

    def check(self) -> None:
        """Raise UserError if the package is missing or there is no cluster."""
        require_packages([self.package], purpose="launcher", install=f"'nnzoo[{self.extra}]'")

    @abstractmethod
    def pool(self, setup: Setup, on_report: OnReport, *, workers: int, folder: Path) -> "JobPool[Any]":
        """Return a pool of at most `workers` jobs at a time. folder: of their logs."""


@dataclass
class Running(Generic[Handle]):
    """A job that has started. handle: of the launcher; restarts: how often its machine has interrupted it."""

    job: Job
    handle: Handle
    mailbox: Mailbox
    restarts: int = 0


class JobPool(Pool, Generic[Handle]):
    """Executes each job in a process that a launcher starts, on a machine with the same file system.

    A job that its machine interrupts, for example since it needs the place for another user, continues in a new
    process from its last checkpoint. workers: jobs at a time; folder: of the logs and messages.
    """

    def __init__(self, setup: Setup, on_report: OnReport, *, workers: int, folder: Path) -> None:
        super().__init__(setup, on_report)
        self.workers = workers
        self.folder = folder.resolve()
        self.folder.mkdir(exist_ok=True)
        self.running: list[Running[Handle]] = []
        self.stopping = False
        self.started = 0

    # What a launcher defines

    @abstractmethod
    def start(self, job: RemoteJob, name: str) -> Handle:
        """Start a job. Raises UserError if the cluster refuses it."""

    @abstractmethod
    def has_ended(self, handle: Handle) -> bool:
        """Return whether a job has ended."""

    @abstractmethod
    def outcome(self, handle: Handle) -> Outcome:
        """Return the outcome of a job that has ended, "failed" if there is none."""

    @abstractmethod
    def cancel(self, handle: Handle) -> None:
        """Ask a job to end."""

    # Pool

    def describe(self, overrides: tuple[str, ...]) -> Description:
        """See `Pool`. Composed in this process: no job needs to wait in a queue for it."""
        from ..execute import Executor  # imports torch

        return Executor(self.setup).describe(overrides)

    @property
    def free(self) -> int:
        """See `Pool`."""
        return self.workers - len(self.running)

    @property
    def active(self) -> int:
        """See `Pool`."""
        return len(self.running)

    def submit(self, job: Job) -> None:
        """See `Pool`."""
        self.running.append(self._start(replace(job, directory=job.directory.resolve()), 0, job))

    def _start(self, job: Job, restarts: int, original: Job | None = None) -> Running[Handle]:
        self.started += 1
        mailbox = Mailbox(self.folder / f"{self.started}-{job.directory.name}")
        handle = self.start(RemoteJob(self.setup, job, mailbox), f"nnzoo-{job.trial}")
        return Running(original or job, handle, mailbox, restarts)

    def ended(self) -> Iterator[tuple[Job, Outcome]]:
        """See `Pool`."""
        until = time.monotonic() + POLL
        while True:
            done = [each for each in self.running if self.has_ended(each.handle)]
            for each in self.running:
                each.mailbox.answer(lambda epoch, value, job=each.job: self.on_report(job, epoch, value))  # type: ignore[misc]
            if done or time.monotonic() >= until:
                break
            time.sleep(PAUSE)
        for each in done:
            self.running.remove(each)
            outcome = self.outcome(each.handle)
            if outcome.status != "interrupted" or self.stopping:
                yield each.job, outcome
            elif each.restarts == RESTARTS:
                yield each.job, replace(outcome, status="failed", message=f"interrupted {RESTARTS + 1} times")
            else:
                job = replace(each.job, directory=each.job.directory.resolve())
                self.running.append(self._start(job, each.restarts + 1, each.job))

    def stop(self) -> None:
        """See `Pool`."""
        self.stopping = True
        for each in self.running:
            self.cancel(each.handle)
        until = time.monotonic() + GRACE
        while self.active and time.monotonic() < until:
            for _ in self.ended():
                pass

    def close(self) -> None:
        """See `Pool`. Ends jobs that still run, after an error."""
        for each in self.running:
            self.cancel(each.handle)
        self.running.clear()
