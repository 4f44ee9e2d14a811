"""A pool that trains runs of one architecture at once, in this process."""

import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from ..errors import UserError
from ..runs.directory import RunDirectory
from .job import Job, Outcome, Setup
from .pools import InProcess, OnReport

if TYPE_CHECKING:
    from ..training.members.run import Together

MOST = 512  # runs that are collected before their training starts


class Vectorized(InProcess):
    """Collects the jobs that can start, and trains those that can be stacked in groups, the others one by one.

    print_line: takes lines about the groups, and the reasons why runs are trained alone.
    """

    def __init__(self, setup: Setup, on_report: OnReport, *, print_line: Callable[[str], None]) -> None:
        super().__init__(setup, on_report)
        self.print_line = print_line
        self.told: set[str] = set()

    @property
    def free(self) -> int:
        """See `Pool`."""
        return MOST - len(self.waiting)

    def ended(self) -> Iterator[tuple[Job, Outcome]]:
        """See `Pool`."""
        from ..training.comparison import Comparison
        from ..training.members.compatibility import differences, signature, why_alone
        from ..training.members.run import Request, Together

        start = time.perf_counter()
        jobs, self.waiting = self.waiting, []
        alone: dict[str, list[Job]] = {}
        groups: dict[str, list[tuple[Job, Request]]] = {}
        for job in jobs:
            try:
                config = self.executor.config_of(job)
            except UserError:  # it fails alone with the same error, which is then in its log
                alone.setdefault("", []).append(job)
                continue
            if reason := why_alone(config):
                alone.setdefault(reason, []).append(job)
            else:
                overrides = [*self.setup.overrides, *job.overrides]
                directory, comparison = RunDirectory(job.directory), Comparison(job.metric)
                request = Request(config, overrides, directory, comparison, job.resume)
                groups.setdefault(signature(config), []).append((job, request))
        if len(groups) > 1:
            keys = differences([members[0][1].config for members in groups.values()])
            self.tell(f"{len(groups)} groups, whose runs differ in {', '.join(keys)}")
        for members in groups.values():
            together = Together([request for _, request in members], self.setup.source, self.report)
            yield from self.train(together, [job for job, _ in members], start)
            for number, reason in together.alone.items():
                alone.setdefault(reason, []).append(members[number][0])
        for reason, each in alone.items():
            if reason:
                self.tell(f"{len(each)} runs one by one: {reason}")
            for job in each:
                yield job, self.executor.execute(job, lambda *_: False)

    def train(self, together: "Together", jobs: list[Job], start: float) -> Iterator[tuple[Job, Outcome]]:
        """Train jobs together, and yield those that end; all that have not ended fail with an exception."""
        from .execute import failed

        left = dict(enumerate(jobs))
        try:
            for number, result in together.train():
                seconds = (time.perf_counter() - start) / len(jobs)
                outcome = Outcome(result.status, result.message, result.metrics, seconds, result.signal)
                yield left.pop(number), outcome
        except Exception as error:
            for number, job in left.items():
                if number not in together.alone:
                    yield job, failed(job, error, time.perf_counter() - start)

    def report(self, members: int) -> None:
        """Print the size of a group."""
        self.tell(f"{members} runs at once")

    def tell(self, line: str) -> None:
        """Print a line, once."""
        if line not in self.told:
            self.told.add(line)
            self.print_line(f"vectorized   {line}")
