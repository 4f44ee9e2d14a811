"""Launchers with stand-ins for submitit and Ray, which record how they are called and run each job at once."""

import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from nnzoo.errors import UserError
from nnzoo.runs.directory import RunDirectory
from nnzoo.sweeps import execute
from nnzoo.sweeps.job import Job, Outcome, Setup
from nnzoo.sweeps.launchers.base import JobPool
from nnzoo.sweeps.launchers.ray import Ray
from nnzoo.sweeps.launchers.remote import Mailbox, RemoteJob
from nnzoo.sweeps.launchers.submitit import Local, Slurm

SETUP = Setup(("model=linear",), None)
DONE = Outcome("done", metrics={"val/last": {"acc": 1.0}})


def job(folder: Path, trial: int = 3) -> Job:
    return Job(trial, {}, ("seed=1",), RunDirectory.create(folder, str(trial)).path, False, "val/acc", False)


def fail() -> Any:
    raise RuntimeError("Job died\nand much more")


class Handle:
    """A job of submitit. result: what it returns; process: of a local job."""

    job_id = "17"
    paths = SimpleNamespace(stderr="17.err")

    def __init__(self, result: Callable[[], Any], ended: bool = True, process: Any = None) -> None:
        self.result, self.ended, self.cancelled = result, ended, list[bool]()
        if process:
            self._process = process

    def done(self) -> bool:
        return self.ended

    def cancel(self, check: bool = True) -> None:
        self.cancelled.append(check)


class Executor:
    """An executor of submitit. parameters: those set last; handles: of the next jobs."""

    def __init__(self, folder: str, cluster: str) -> None:
        self.folder, self.cluster = folder, cluster
        self.parameters: dict[str, Any] = {}
        self.jobs: list[tuple[str, Any]] = []
        self.handles: list[Handle] = []

    def update_parameters(self, **parameters: Any) -> None:
        if "slurm_qos" in parameters:
            raise ValueError("no such qos\n(and more)")
        self.parameters |= parameters

    def submit(self, job: Any) -> Handle:
        if not self.handles:
            raise OSError("sbatch: error: full\nand more")
        self.jobs.append((self.parameters["name"], job))
        return self.handles.pop(0)


@pytest.fixture
def submitit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "submitit", SimpleNamespace(AutoExecutor=Executor))


def pool_of(launcher: Any, folder: Path) -> JobPool[Any]:
    pool: JobPool[Any] = launcher.pool(SETUP, lambda *_: False, workers=2, folder=folder / "logs")
    return pool


@pytest.mark.usefixtures("submitit")
def test_jobs_of_submitit(tmp_path: Path) -> None:
    pool: Any = pool_of(Slurm(partition="gpu", mem_gb=4), tmp_path)
    executor = pool.executor
    assert (executor.folder, executor.cluster) == (str(tmp_path / "logs"), "slurm")
    expected = {"timeout_min": 60, "mem_gb": 4, "slurm_partition": "gpu", "slurm_signal_delay_s": 120}
    assert executor.parameters == expected  # without those that are not set
    executor.handles = [Handle(lambda: DONE), Handle(fail)]
    good, bad = job(tmp_path), job(tmp_path, 4)
    pool.submit(good)
    pool.submit(bad)
    assert [name for name, _ in executor.jobs] == ["nnzoo-3", "nnzoo-4"]
    assert [each.job.trial for _, each in executor.jobs] == [3, 4]
    assert {each.trial: outcome for each, outcome in pool.ended()} == {
        3: DONE,
        4: Outcome("failed", "job 17: Job died; see 17.err"),
    }
    assert (pool.free, pool.active) == (2, 0)
    with pytest.raises(UserError, match=r"^the job cannot be submitted: sbatch: error: full$"):
        pool.submit(good)


@pytest.mark.usefixtures("submitit")
def test_wrong_settings_of_submitit(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"^sweep\.launcher: no such qos$"):
        pool_of(Slurm(qos="x"), tmp_path)


@pytest.mark.usefixtures("submitit")
def test_jobs_of_submitit_are_cancelled(tmp_path: Path) -> None:
    """A local process by SIGTERM, so that it saves its state."""
    terminated = []
    pool: Any = pool_of(Local(timeout_min=5, gpus_per_node=1), tmp_path)
    assert (pool.executor.cluster, pool.executor.parameters) == ("local", {"timeout_min": 5, "gpus_per_node": 1})
    local = Handle(fail, ended=False, process=SimpleNamespace(terminate=lambda: terminated.append(True)))
    remote = Handle(fail, ended=False)
    pool.executor.handles = [local, remote]
    for trial in (0, 1):
        pool.submit(job(tmp_path, trial))
    assert not pool.has_ended(local)
    pool.close()
    assert (terminated, local.cancelled, remote.cancelled) == ([True], [], [False])
    assert pool.active == 0


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

        def options(name: str) -> Any:
            return SimpleNamespace(remote=lambda job: (name, lambda: call(job)))

        def decorate(function: Callable[..., Any]) -> Any:
            nonlocal call
            call = function
            return SimpleNamespace(options=options)

        call: Callable[..., Any] = fail
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
    monkeypatch.setattr(RemoteJob, "__call__", lambda each: outcomes[each.job.trial]())

    def cancelled() -> Any:
        raise ray.TaskCancelledError("Task was cancelled\nand more")

    def died() -> Any:
        raise ray.RayError("the worker died\nand more")

    outcomes = {0: lambda: DONE, 1: died, 2: cancelled}
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
    assert [list(settings) for settings in ray.settings] == [["num_cpus", "num_gpus", "max_retries", "max_calls"]]


def test_ray_that_does_not_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", Tasks(error=ConnectionError("no cluster\nand more")))
    for address, where in ((None, "this machine"), ("auto", "auto")):
        with pytest.raises(UserError, match=rf"^Ray does not start \({where}\): no cluster$"):
            pool_of(Ray(address=address), tmp_path)


def test_a_job_in_another_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It has the folder and the imports of the main process, and continues from a checkpoint."""
    called: list[Any] = []

    class Executor:
        def __init__(self, setup: Setup) -> None:
            assert setup is SETUP

        def execute(self, each: Job, ask: Callable[[int, float], bool]) -> Outcome:
            called.append((Path.cwd(), [*sys.path], each.resume, ask))
            if each.trial == 1:
                raise UserError("unknown model")
            return DONE

    handlers: dict[int, Any] = {}
    monkeypatch.setattr(execute, "Executor", Executor)
    monkeypatch.setattr(signal, "signal", handlers.__setitem__)
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.chdir("/")
    mailbox, given = Mailbox(tmp_path / "questions"), job(tmp_path, 0)
    remote = RemoteJob(SETUP, given, mailbox, cwd=tmp_path, path=("made", "up"))
    assert remote() == DONE
    assert called == [(tmp_path, ["made", "up"], False, mailbox.ask)]
    assert handlers == {signal.SIGUSR1: signal.SIG_DFL, signal.SIGUSR2: signal.SIG_DFL}
    (given.directory / "checkpoints").mkdir(exist_ok=True)
    (given.directory / "checkpoints" / "last.ckpt").touch()
    assert remote() == DONE
    assert called[1][2] is True
    assert RemoteJob(SETUP, job(tmp_path, 1), mailbox)() == Outcome("failed", "unknown model")


def test_the_main_process_describes_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a job, which would wait in a queue."""
    ray = Tasks(running=True)
    monkeypatch.setitem(sys.modules, "ray", ray)
    executor = SimpleNamespace(describe=lambda overrides: ("described", overrides))
    monkeypatch.setattr(execute, "Executor", lambda setup: executor if setup is SETUP else None)
    assert pool_of(Ray(), tmp_path).describe(("seed=1",)) == ("described", ("seed=1",))
