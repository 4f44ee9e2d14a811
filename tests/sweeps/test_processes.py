"""Worker processes."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from nnzoo.runs.directory import RunDirectory
from nnzoo.sweeps import processes
from nnzoo.sweeps.job import Job, Outcome, Setup
from nnzoo.sweeps.plan import read_plan
from nnzoo.sweeps.processes import Processes, environment_of
from nnzoo.sweeps.run import run_sweep
from nnzoo.sweeps.worker import ANSWER, REPORT

SETUP = Setup((), None)


def test_a_dead_worker_and_an_exception_cost_their_trials(tmp_path):
    """Trial 0 kills its worker, trial 1 raises an exception in the next one, which then trains trial 2."""
    settings = ("model=linear", "data=iris", "trainer.max_epochs=1", "trainer.threads=1", "callbacks=none")
    faults = (
        "+callbacks.kill._target_=tests.support.kills.Kill",
        "+callbacks.kill.killed=0",
        "+callbacks.kill.failed=1",
    )
    plan = read_plan([*settings, *faults, "allow=[tests]", "optimizer.lr=0.1,0.2,0.3", f"output_dir={tmp_path}"])
    lines = []
    outcome = run_sweep(plan, print_line=lines.append)
    trials = {row.number: row for row in outcome.results.trials}
    assert [trials[k].status for k in range(3)] == ["failed", "failed", "done"]
    assert trials[0].message == "the worker was killed by SIGKILL"
    assert trials[1].message == "RuntimeError: no luck"
    assert "Traceback" in trials[1].runs[0].directory.log_file.read_text()
    for row in trials.values():
        (run,) = row.runs
        assert RunDirectory(run.directory.path).status() == row.status
    assert outcome.status == "done"
    assert len(lines) == 3
    commands = [json.loads((row.runs[0].directory.path / "env.json").read_text())["command"] for row in trials.values()]
    assert all("nnzoo.sweeps.worker" in command or "worker.py" in command for command in commands)


class Worker:
    """A worker that receives the messages of a list. code: exit code, None = it runs."""

    def __init__(self, number: int, *messages: Any, code: int | None = None) -> None:
        self.number, self.messages, self.code = number, list(messages), code
        self.connection, self.process = self, SimpleNamespace(poll=lambda: self.code)
        self.job: Any = None
        self.runs = 0
        self.sent: list[Any] = []
        self.terminated = self.closed = False

    def send(self, message: Any) -> None:
        self.sent.append(message)

    def receive(self) -> Any:
        if not self.messages:
            raise EOFError
        return self.messages.pop(0)

    def death(self, name: str) -> str:
        return f"{name} ended"

    def terminate(self) -> None:
        self.terminated = True

    def close(self) -> None:
        self.closed = True


def job(trial: int) -> Job:
    return Job(trial, {}, (), Path("x"), False, "val/acc", False)


@pytest.fixture
def pool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Processes:
    """A pool of three workers, which stops a job after its second epoch."""
    monkeypatch.setattr(processes, "wait", lambda connections, timeout: [each for each in connections if each.messages])
    return Processes(
        SETUP, lambda _, epoch, value: epoch > 1, workers=3, runs_per_worker=2, logs=tmp_path, lock=0, devices=1
    )


def test_jobs_go_to_the_first_worker_that_is_free(pool: Processes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "Worker", lambda number, count, **_: Worker(number))
    for trial in range(3):
        pool.submit(job(trial))
    assert (pool.active, pool.free) == (3, 0)
    workers: Any = pool.workers
    assert [worker.sent[0][1].trial for worker in workers.values()] == [0, 1, 2]
    workers[1].job = None
    pool.submit(job(3))
    assert workers[1].job.trial == 3


def test_reports_are_answered_until_a_job_ends(pool: Processes) -> None:
    worker: Any = Worker(0, (REPORT, (1, 0.5)), (REPORT, (2, 0.25)), (ANSWER, Outcome("done")))
    pool.workers[0] = worker
    worker.job = job(5)
    assert list(pool.ended()) == list(pool.ended()) == []
    assert worker.sent == [False, True]
    assert list(pool.ended()) == [(job(5), Outcome("done"))]
    assert (pool.active, worker.closed) == (0, False)


def test_a_worker_is_replaced_after_its_last_run(pool: Processes) -> None:
    worker: Any = Worker(0, *[(ANSWER, Outcome("done"))] * 2)
    pool.workers[0] = worker
    for closed in (False, True):
        worker.job = job(0)
        assert len(list(pool.ended())) == 1
        assert worker.closed is closed
    assert pool.workers == {}


def test_a_worker_that_died_costs_its_job(pool: Processes) -> None:
    dead, busy = Worker(0, code=1), Worker(1)
    pool.workers = {0: dead, 1: busy}  # type: ignore[dict-item]
    dead.job, busy.job = job(0), job(1)
    assert list(pool.ended()) == [(job(0), Outcome("failed", "the worker ended"))]
    assert (dead.closed, list(pool.workers)) == (True, [1])


def test_stopping_waits_for_the_jobs(pool: Processes) -> None:
    busy, idle = Worker(0, (ANSWER, Outcome("interrupted"))), Worker(1)
    pool.workers = {0: busy, 1: idle}  # type: ignore[dict-item]
    busy.job = job(0)
    pool.stop()
    assert (busy.terminated, idle.terminated, pool.active) == (True, False, 0)
    pool.close()
    assert idle.closed
    assert pool.workers == {}


def test_a_job_that_does_not_stop_is_not_waited_for(pool: Processes, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(processes.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(processes, "wait", lambda *_, **__: now.__setitem__(0, now[0] + 1) or [])
    stuck = Worker(0)
    pool.workers = {0: stuck}  # type: ignore[dict-item]
    stuck.job = job(0)
    pool.stop()
    assert now[0] == processes.GRACE
    assert pool.active == 1


@pytest.mark.parametrize(("count", "threads"), [(1, "8"), (3, "2"), (8, "1"), (9, "1")])
def test_workers_share_the_cores(count: int, threads: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "available_cores", lambda: 8)
    monkeypatch.setattr(processes, "visible_devices", lambda: None)
    monkeypatch.setattr(processes, "devices_of", lambda *_: None)
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    assert environment_of(0, count, 1) == {"OMP_NUM_THREADS": threads}
    monkeypatch.setenv("OMP_NUM_THREADS", "4")
    assert environment_of(0, count, 1) == {}


def test_workers_see_their_devices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setattr(processes, "visible_devices", lambda: ["0", "1", "2", "3"])
    monkeypatch.setattr(processes, "devices_of", lambda number, visible, devices: f"{number} {len(visible)} {devices}")
    assert environment_of(1, 2, 2) == {"CUDA_VISIBLE_DEVICES": "1 4 2"}
