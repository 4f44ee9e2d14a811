"""Where the jobs of a sweep run: in this process, or in worker processes."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator

from .job import Description, Job, Outcome, Setup

OnReport = Callable[[Job, int, float], bool]
"""Takes a job, the epoch and the value of its metric; returns whether to stop it."""


class Pool(ABC):
    """Executes jobs. on_report: called when a job reports its metric."""

    def __init__(self, setup: Setup, on_report: OnReport) -> None:
        self.setup = setup
        self.on_report = on_report

    @abstractmethod
    def describe(self, overrides: tuple[str, ...]) -> Description:
        """Return what a run measures. Raises UserError if its config does not work."""

    @property
    @abstractmethod
    def free(self) -> int:
        """The number of jobs that can start now."""

    @property
    @abstractmethod
    def active(self) -> int:
        """The number of jobs that have started and not ended."""

    @abstractmethod
    def submit(self, job: Job) -> None:
        """Start a job."""

    @abstractmethod
    def ended(self) -> Iterator[tuple[Job, Outcome]]:
        """Wait for a while until jobs end, and yield them."""

    @abstractmethod
    def stop(self) -> None:
        """Ask the jobs to end soon; they can be resumed."""

    @abstractmethod
    def close(self) -> None:
        """End all processes."""


class InProcess(Pool):
    """Executes each job in this process when the result is asked for."""

    def __init__(self, setup: Setup, on_report: OnReport) -> None:
        from .execute import Executor  # imports torch, which the main process does not need with worker processes

        super().__init__(setup, on_report)
        self.executor = Executor(setup)
        self.waiting: list[Job] = []

    def describe(self, overrides: tuple[str, ...]) -> Description:
        """See `Pool`."""
        return self.executor.describe(overrides)

    @property
    def free(self) -> int:
        """See `Pool`."""
        return 1 - len(self.waiting)

    @property
    def active(self) -> int:
        """See `Pool`."""
        return len(self.waiting)

    def submit(self, job: Job) -> None:
        """See `Pool`."""
        self.waiting.append(job)

    def ended(self) -> Iterator[tuple[Job, Outcome]]:
        """See `Pool`."""
        job = self.waiting.pop()
        yield job, self.executor.execute(job, lambda epoch, value: self.on_report(job, epoch, value))

    def stop(self) -> None:
        """See `Pool`."""
        self.waiting.clear()

    def close(self) -> None:
        """See `Pool`."""
