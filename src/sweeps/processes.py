"""Worker processes of a sweep: they import torch once, train one job after another, and are replaced after a while."""

import os
import pickle
import time
from collections.abc import Iterator
from multiprocessing.connection import wait
from pathlib import Path

from ..errors import UserError
from ..runs.child import GRACE, Child
from ..runs.machine import available_cores
from .devices import devices_of, visible_devices
from .job import Description, Job, Outcome, Setup
from .pools import OnReport, Pool
from .worker import ANSWER, DESCRIBE, ERROR, REPORT, RUN

POLL = 0.5  # seconds after which `ended` returns even if no job has ended


class Worker(Child):
    """A worker process and the connection to it."""

    def __init__(self, number: int, count: int, *, setup: Setup, logs: Path, lock: int, devices: int) -> None:
        logs.mkdir(exist_ok=True)
        super().__init__(
            "nnzoo.sweeps.worker",
            log=logs / f"{number}.log",
            environment=environment_of(number, count, devices),
            descriptors=(lock,),
        )
        self.number = number
        self.runs = 0
        self.job: Job | None = None
        try:
            self.send(setup)
        except (pickle.PicklingError, AttributeError, TypeError) as error:
            self.close()
            raise UserError(f"the data cannot be sent to a worker process ({error}); set sweep.workers=0") from error


class Processes(Pool):
    """Executes jobs in worker processes.

    workers: number of processes; runs_per_worker: a worker is replaced after so many runs, which bounds the memory;
    logs: folder of their output; lock: file descriptor that they inherit; devices: of a run.
    """

    def __init__(
        self,
        setup: Setup,
        on_report: OnReport,
        *,
        workers: int,
        runs_per_worker: int,
        logs: Path,
        lock: int,
        devices: int,
    ) -> None:
        super().__init__(setup, on_report)
        self.count = workers
        self.runs_per_worker = runs_per_worker
        self.logs = logs
        self.lock = lock
        self.devices = devices
        self.workers: dict[int, Worker] = {}

    def describe(self, overrides: tuple[str, ...]) -> Description:
        """See `Pool`."""
        worker = self._worker(0)
        worker.send((DESCRIBE, overrides))
        try:
            kind, content = worker.receive()
        except EOFError:
            del self.workers[0]
            raise UserError(f"no run can start: {worker.death('the worker')}") from None
        if kind == ERROR:
            raise UserError(content)
        found: Description = content
        return found

    @property
    def free(self) -> int:
        """See `Pool`."""
        return self.count - self.active

    @property
    def active(self) -> int:
        """See `Pool`."""
        return sum(worker.job is not None for worker in self.workers.values())

    def submit(self, job: Job) -> None:
        """See `Pool`."""
        number = next(i for i in range(self.count) if i not in self.workers or self.workers[i].job is None)
        worker = self._worker(number)
        worker.job = job
        worker.send((RUN, job))

    def ended(self) -> Iterator[tuple[Job, Outcome]]:
        """See `Pool`."""
        busy = {worker.connection: worker for worker in self.workers.values() if worker.job is not None}
        ready = set(wait(list(busy), timeout=POLL))
        for connection, worker in busy.items():
            # a process that a killed worker has started may keep its socket open
            if connection not in ready and worker.process.poll() is None:
                continue
            if (outcome := self._receive(worker)) is not None:
                job, worker.job = worker.job, None
                worker.runs += 1
                assert job is not None
                if worker.process.poll() is not None or worker.runs >= self.runs_per_worker:
                    self.workers.pop(worker.number).close()
                yield job, outcome

    def stop(self) -> None:
        """See `Pool`."""
        for worker in self.workers.values():
            if worker.job is not None:
                worker.terminate()
        until = time.monotonic() + GRACE
        while self.active and time.monotonic() < until:
            for _ in self.ended():
                pass

    def close(self) -> None:
        """See `Pool`."""
        for worker in self.workers.values():
            worker.close()
        self.workers.clear()

    def _worker(self, number: int) -> Worker:
        if number not in self.workers:
            self.workers[number] = Worker(
                number, self.count, setup=self.setup, logs=self.logs, lock=self.lock, devices=self.devices
            )
        return self.workers[number]

    def _receive(self, worker: Worker) -> Outcome | None:
        """Return the outcome of the worker's job, None if it only reported its metric."""
        assert worker.job is not None
        try:
            kind, content = worker.receive()
        except EOFError:
            return Outcome("failed", worker.death("the worker"))
        if kind == REPORT:
            worker.send(self.on_report(worker.job, *content))
            return None
        if kind == ANSWER:
            outcome: Outcome = content
            return outcome
        return Outcome("failed", content)


def environment_of(number: int, count: int, devices: int) -> dict[str, str]:
    """Return the environment variables of a worker: its share of the cores and its devices."""
    threads = str(max(1, available_cores() // count))
    found = {} if os.environ.get("OMP_NUM_THREADS") else {"OMP_NUM_THREADS": threads}
    visible = devices_of(number, visible_devices(), devices)
    return found if visible is None else found | {"CUDA_VISIBLE_DEVICES": visible}
