"""Jobs of launchers: with a made-up one, with submitit on this machine, and with Ray where it is installed."""

import math
import threading
from pathlib import Path
from typing import Any

import pytest
from nnzoo.config.packages import is_installed
from nnzoo.errors import UserError
from nnzoo.runs.directory import RunDirectory
from nnzoo.sweeps.job import Job, Outcome, Setup
from nnzoo.sweeps.launchers import base
from nnzoo.sweeps.launchers.base import RESTARTS, JobPool
from nnzoo.sweeps.launchers.ray import Ray
from nnzoo.sweeps.launchers.remote import Mailbox, RemoteJob
from nnzoo.sweeps.launchers.submitit import Local, Slurm
from nnzoo.sweeps.plan import read_plan

TINY = ("model=linear", "data=iris", "trainer.max_epochs=1", "trainer.accelerator=cpu", "callbacks=none")
LR = "optimizer.lr=0.1,0.2"


def job(folder: Path, *overrides: str, trial: int = 0, prune: bool = False) -> Job:
    directory = RunDirectory.create(folder, str(trial)).path
    return Job(trial, {}, overrides, directory, False, "val/acc", prune)


class Script(JobPool[list[Outcome]]):
    """A launcher whose jobs end at once, with the next of the given outcomes."""

    def __init__(self, folder: Path, *outcomes: Outcome) -> None:
        super().__init__(Setup((), None), lambda *_: False, workers=2, folder=folder)
        self.outcomes = list(outcomes)
        self.jobs: list[RemoteJob] = []
        self.cancelled: list[Any] = []

    def start(self, job: RemoteJob, name: str) -> list[Outcome]:
        self.jobs.append(job)
        return [self.outcomes.pop(0)]

    def has_ended(self, handle: list[Outcome]) -> bool:
        return True

    def outcome(self, handle: list[Outcome]) -> Outcome:
        return handle[0]

    def cancel(self, handle: list[Outcome]) -> None:
        self.cancelled.append(handle)


def outcomes_of(pool: JobPool[Any]) -> list[tuple[Job, Outcome]]:
    """Return what ends until no job is active."""
    found = []
    while pool.active:
        found += list(pool.ended())
    return found


INTERRUPTED = Outcome("interrupted", "stopped by SIGTERM", signal=15)


def test_an_interrupted_job_starts_again(tmp_path: Path) -> None:
    pool = Script(tmp_path / "logs", INTERRUPTED, INTERRUPTED, Outcome("done"))
    given = job(tmp_path)
    pool.submit(given)
    assert pool.free == 1
    assert outcomes_of(pool) == [(given, Outcome("done"))]
    assert [each.job.directory for each in pool.jobs] == [given.directory] * 3
    assert [each.mailbox.folder.name.partition("-")[0] for each in pool.jobs] == ["1", "2", "3"]
    assert pool.free == 2


def test_a_job_that_is_interrupted_too_often_has_failed(tmp_path: Path) -> None:
    pool = Script(tmp_path / "logs", *[INTERRUPTED] * (RESTARTS + 1))
    pool.submit(job(tmp_path))
    ((_, outcome),) = outcomes_of(pool)
    assert (outcome.status, outcome.message) == ("failed", f"interrupted {RESTARTS + 1} times")


def test_a_stopped_pool_starts_nothing_again(tmp_path: Path) -> None:
    pool = Script(tmp_path / "logs", INTERRUPTED, INTERRUPTED)
    pool.submit(job(tmp_path))
    pool.submit(job(tmp_path, trial=1))
    pool.stop()
    assert len(pool.cancelled) == len(pool.jobs) == 2
    assert not pool.active


def test_questions_of_a_job_are_answered(tmp_path: Path) -> None:
    mailbox = Mailbox(tmp_path / "new")
    asked: list[tuple[int, str]] = []
    answers: list[bool] = []
    mailbox.answer(lambda *_: pytest.fail("nothing was asked"))

    def ask() -> None:
        answers.extend(mailbox.ask(epoch, value) for epoch, value in ((1, 0.5), (2, math.nan), (2, 0.25)))

    thread = threading.Thread(target=ask)
    thread.start()
    while thread.is_alive():
        mailbox.answer(lambda epoch, value: asked.append((epoch, str(value))) or epoch == 2)
    assert answers == [False, True, True]
    assert asked == [(1, "0.5"), (2, "nan"), (2, "0.25")]


def test_reports_of_a_job_reach_the_sweep(tmp_path: Path) -> None:
    reports: list[Any] = []
    answers: list[bool] = []
    pool = Script(tmp_path / "logs", Outcome("done"))
    pool.on_report = lambda *report: bool(reports.append(report) or report[1] == 3)
    given = job(tmp_path)
    pool.submit(given)
    mailbox = pool.jobs[0].mailbox
    thread = threading.Thread(target=lambda: answers.extend(mailbox.ask(epoch, 0.25) for epoch in (2, 3)))
    pool.has_ended = lambda handle: not thread.is_alive()  # type: ignore[method-assign]
    thread.start()
    assert outcomes_of(pool) == [(given, Outcome("done"))]
    assert reports == [(given, 2, 0.25), (given, 3, 0.25)]
    assert answers == [False, True]


def test_without_the_main_process_a_job_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nnzoo.sweeps.launchers.remote.PATIENCE", 0.01)
    assert Mailbox(tmp_path).ask(1, 0.5) is False


@pytest.mark.slow
@pytest.mark.skipif(not is_installed("submitit"), reason="submitit is missing: pip install 'nnzoo[slurm]'")
def test_jobs_of_submitit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A job that reports its metric, and one that fails, as on a cluster with a shared file system."""
    reports = []
    setup = Setup((*TINY, "trainer.threads=1"), None)
    pool = Local(timeout_min=5).pool(
        setup, lambda job, *report: reports.append((job.trial, *report)) or False, workers=2, folder=tmp_path / "logs"
    )
    monkeypatch.chdir(tmp_path)
    first, second = job(Path(), prune=True), job(Path(), "model=nosuch", trial=1)  # relative to the folder of the sweep
    pool.submit(first)
    pool.submit(second)
    found = {each.trial: (each, outcome) for each, outcome in outcomes_of(pool)}
    pool.close()
    assert found[0][0] is first
    assert found[0][1].status == "done", found[0][1].message
    assert RunDirectory(first.directory).results() == found[0][1].metrics
    assert reports == [(0, 1, found[0][1].metrics["val/last"]["acc"])]
    assert found[1][1].status == "failed"
    assert "unknown model 'nosuch'" in found[1][1].message


@pytest.mark.skipif(not is_installed("ray"), reason="ray is missing: pip install 'nnzoo[ray]'")
def test_jobs_of_ray(tmp_path: Path) -> None:
    pool = Ray(num_cpus=0.5).pool(Setup(TINY, None), lambda *_: False, workers=2, folder=tmp_path / "logs")
    try:
        pool.submit(job(tmp_path, "optimizer.lr=0.1"))
        pool.submit(job(tmp_path, "optimizer.lr=0.2", trial=1))
        found = outcomes_of(pool)
    finally:
        pool.close()
    assert [outcome.status for _, outcome in found] == ["done", "done"], found
    assert all(RunDirectory(each.directory).results() == outcome.metrics for each, outcome in found)


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["launcher=submitit_slurm"], "launcher=submitit_slurm: this machine has no sbatch"),
        (["launcher=slurm"], "unknown launcher 'slurm'; did you mean 'submitit_slurm'?"),
        (["launcher=ray", "sweep.workers=0"], "sweep.workers is 0; with a launcher it is the number of jobs"),
        (["sweep.launcher=ray"], "sweep.launcher is 'ray'; launcher=submitit_slurm, submitit_local or ray chooses it"),
        (["launcher=submitit_local", "sweep.launcher.partition=a"], "unknown key 'sweep.launcher.partition'"),
        (["launcher=ray,submitit_local"], "'launcher=ray,submitit_local': a sweep has one value of launcher"),
        (["sweep.workers=0", "trainer.devices=2"], "trainer.devices above 1 with sweep.workers=0: "),
        (["sweep.workers=0", "trainer.devices=1,2"], "trainer.devices above 1 with sweep.workers=0: "),
    ],
)
def test_mistakes(overrides: list[str], message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "require_packages", lambda *_, **__: None)
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(UserError) as error:
        read_plan([*TINY, LR, *overrides])
    assert str(error.value).startswith(message)


def test_a_missing_package_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nnzoo.config.packages.find_spec", lambda name: None)
    with pytest.raises(UserError, match=r"launcher needs submitit: pip install 'nnzoo\[slurm\]'"):
        Slurm().check()
    with pytest.raises(UserError, match=r"launcher needs ray: pip install 'nnzoo\[ray\]'"):
        Ray().check()
