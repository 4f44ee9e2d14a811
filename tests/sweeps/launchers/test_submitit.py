"""Jobs of submitit, with a stand-in that records how it is called and whose jobs end at once."""

import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from nnzoo.errors import UserError
from nnzoo.sweeps.job import Outcome
from nnzoo.sweeps.launchers.submitit import Local, Slurm

from .made import DONE, job, pool_of


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
