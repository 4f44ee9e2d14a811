"""Jobs of Ray, with a stand-in that records how it is called and whose tasks end at once."""

import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from nnzoo.errors import UserError
from nnzoo.sweeps import execute
from nnzoo.sweeps.job import Outcome
from nnzoo.sweeps.launchers.ray import Ray
from nnzoo.sweeps.launchers.remote import RemoteJob

from .made import DONE, SETUP, job, pool_of


class Tasks:
    """The module `ray`. running: whether it was started before; results: of the next tasks."""

    class RayError(Exception):
        pass

    class TaskCancelledError(RayError):
        pass

    exceptions = SimpleNamespace(RayError=RayError, TaskCancelledError=TaskCancelledError)

    def __init__(self, running: bool = False, error: Exception | None = None) -> None:
        self.running, self.error = running, error
        self.settings: list[dict[str, Any]] = []
        self.cancelled: list[Any] = []
        self.waited: list[float] = []
        self.pending: set[str] = set()

    def is_initialized(self) -> bool:
        return self.running

    def init(self, **settings: Any) -> None:
        if self.error is not None:
            raise self.error
        self.running = True
        self.settings.append(settings)

    def shutdown(self) -> None:
        self.running = False

    def remote(self, **settings: Any) -> Any:
        self.settings.append(settings)
        call: Callable[..., Any] = print

        def options(name: str) -> Any:
            return SimpleNamespace(remote=lambda job: (name, lambda: call(job)))

        def decorate(function: Callable[..., Any]) -> Any:
            nonlocal call
            call = function
            return SimpleNamespace(options=options)

        return decorate

    def wait(self, handles: list[Any], timeout: float) -> tuple[list[Any], list[Any]]:
        self.waited.append(timeout)
        ended = [each for each in handles if each[0] not in self.pending]
        return ended, [each for each in handles if each not in ended]

    def get(self, handle: Any) -> Any:
        return handle[1]()

    def cancel(self, handle: Any) -> None:
        self.cancelled.append(handle[0])


def test_jobs_of_ray(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ray = Tasks()
    monkeypatch.setitem(sys.modules, "ray", ray)

    def cancelled() -> Any:
        raise ray.TaskCancelledError("Task was cancelled\nand more")

    def died() -> Any:
        raise ray.RayError("the worker died\nand more")

    outcomes = {0: lambda: DONE, 1: died, 2: cancelled}
    monkeypatch.setattr(RemoteJob, "__call__", lambda each: outcomes[each.job.trial]())
    pool: Any = pool_of(Ray(num_cpus=2, num_gpus=0.5), tmp_path)
    own, of_jobs = ray.settings
    assert (own["address"], own["include_dashboard"]) == (None, False)
    assert of_jobs == {"num_cpus": 2, "num_gpus": 0.5, "max_retries": 0, "max_calls": 1}
    pool.stopping = True  # an interrupted job does not start again
    ray.pending = {"nnzoo-1"}
    for trial in range(3):
        pool.submit(job(tmp_path, trial))
    found = {each.trial: outcome for each, outcome in pool.ended()}
    ray.pending = set()
    found |= {each.trial: outcome for each, outcome in pool.ended()}
    assert list(found) == [0, 2, 1]
    assert set(ray.waited) == {0}
    assert found[0] == DONE
    assert found[1] == Outcome("failed", "RayError: the worker died")
    assert found[2] == Outcome("interrupted", "TaskCancelledError: Task was cancelled")
    pool.submit(job(tmp_path, 5))
    pool.close()
    assert ray.cancelled == ["nnzoo-5"]
    assert not ray.running


def test_ray_that_runs_already_is_used_and_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ray = Tasks(running=True)
    monkeypatch.setitem(sys.modules, "ray", ray)
    pool_of(Ray(), tmp_path).close()
    assert ray.running
    assert ray.settings == [{"num_cpus": 1.0, "num_gpus": 0.0, "max_retries": 0, "max_calls": 1}]


def test_ray_that_does_not_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", Tasks(error=ConnectionError("no cluster\nand more")))
    for address, where in ((None, "this machine"), ("auto", "auto")):
        with pytest.raises(UserError, match=rf"^Ray does not start \({where}\): no cluster$"):
            pool_of(Ray(address=address), tmp_path)


def test_the_main_process_describes_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a job, which would wait in a queue."""
    ray = Tasks(running=True)
    monkeypatch.setitem(sys.modules, "ray", ray)
    executor = SimpleNamespace(describe=lambda overrides: ("described", overrides))
    monkeypatch.setattr(execute, "Executor", lambda setup: executor if setup is SETUP else None)
    assert pool_of(Ray(), tmp_path).describe(("seed=1",)) == ("described", ("seed=1",))
