"""Runs that are active elsewhere, and directories that change while a run is trained in them."""

import fcntl
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from nnzoo import api
from nnzoo.data.base import Data
from nnzoo.errors import UserError
from nnzoo.runs.directory import RunDirectory
from nnzoo.runs.lock import ActiveRun
from nnzoo.spec import Batch
from nnzoo.sweeps.execute import Executor
from nnzoo.sweeps.job import Job, Setup
from nnzoo.tasks.base import Task
from nnzoo.tasks.step import Step
from torch.optim import Optimizer

from tests.support.commands import exit_code
from tests.support.runs import STEPS, TINY, assert_same_outcome, only, train

pytestmark = pytest.mark.skipif(os.name != "posix", reason="locks of POSIX")
OFTEN = ("trainer.steps_per_slice=5", "callbacks.last.every_seconds=0")


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return train(tmp_path_factory.mktemp("trained"), *OFTEN).directory


@pytest.fixture
def run(trained: Path, tmp_path: Path) -> RunDirectory:
    return RunDirectory(Path(shutil.copytree(trained, tmp_path / "run")))


def train_and(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, action: Callable[[Path], object]) -> int:
    """Train with the command, and act on the run directory in the second epoch; return the exit code."""
    whole, taken = Task.update, []

    def update(self: Task, batch: Batch, optimizer: Optimizer) -> Step:
        taken.append(1)
        if len(taken) == STEPS + 7:
            action(only(tmp_path / "runs"))
        return whole(self, batch, optimizer)

    with monkeypatch.context() as patch:
        patch.setattr(Task, "update", update)
        return exit_code("train", *TINY, *OFTEN, f"output_dir={tmp_path / 'runs'}")


def error_line(capsys: pytest.CaptureFixture[str]) -> str:
    """Return what a command has written to standard error, which must be one line."""
    (line,) = capsys.readouterr().err.splitlines()
    return line


def test_a_run_that_was_moved_goes_on_in_its_new_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], trained: Path
) -> None:
    moved = tmp_path / "elsewhere"
    assert train_and(tmp_path, monkeypatch, lambda run: run.rename(moved)) == 2
    line = error_line(capsys)
    assert line.startswith(f"nnzoo: the directory of the run, {tmp_path / 'runs' / 'digits'}")
    assert line.endswith(f", was moved during training; continue with: nnzoo train resume={moved}")
    assert (RunDirectory(moved).status(), RunDirectory(moved).message()) == ("failed", line.removeprefix("nnzoo: "))
    assert not list((tmp_path / "runs").glob("*/*"))
    api.resume(moved)
    assert_same_outcome(moved, trained)


def test_a_run_that_was_deleted_is_not_created_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert train_and(tmp_path, monkeypatch, shutil.rmtree) == 2
    assert error_line(capsys).endswith(", was moved or deleted during training")
    assert not list((tmp_path / "runs").glob("*/*"))


def test_a_run_that_was_taken_over_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def take(path: Path) -> None:
        RunDirectory(path).lock_file.unlink()
        RunDirectory(path).lock_file.write_text("process 1 on elsewhere\n")
        RunDirectory(path).set_status("running", "of the other process")
        RunDirectory(path).checkpoint("last").write_text("of the other process")

    assert train_and(tmp_path, monkeypatch, take) == 2
    assert "nnzoo: process 1 on elsewhere has taken over the run " in error_line(capsys)
    found = RunDirectory(only(tmp_path / "runs"))
    assert (found.status(), found.message()) == ("running", "of the other process")
    assert found.checkpoint("last").read_text() == "of the other process"


def test_active_runs_can_be_read_and_taken_by_force(
    run: RunDirectory, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    before = run.results()
    with run.lock_file.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # as another process does
        assert api.evaluate(run.path) == before
        assert len(api.predict(run.path, np.zeros((3, 8, 8)))["prediction"]) == 3
        assert exit_code("train", f"resume={run.path}", "trainer.max_epochs=3") == 2
        assert "(force=true resumes it all the same)" in error_line(capsys)
        assert run.results() == before
        with pytest.raises(ActiveRun):
            api.resume(run.path, "trainer.max_epochs=3")
        assert exit_code("train", f"resume={run.path}", "trainer.max_epochs=3", "force=true") == 0
    assert api.resume(run.path, "trainer.max_epochs=4").status == "done"
    assert api.resume(run.path, "trainer.max_epochs=5", force=True).status == "done"


def test_a_refused_resume_takes_no_run_over(run: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    with run.lock_file.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # as another process does
        with pytest.raises(UserError, match="has done 2 epochs"):
            api.resume(run.path, "trainer.max_epochs=1", force=True)
        with pytest.raises(UserError, match="can be set here"):
            api.resume(run.path, "data.path=x", force=True)
        with monkeypatch.context() as patch:
            patch.setattr(Data, "has_digest", lambda *_: False)
            with pytest.raises(UserError, match="allow_changed_data=true"):
                api.resume(run.path, "trainer.max_epochs=3", force=True)
        run.checkpoint("last").write_bytes(b"damaged")
        with pytest.raises(UserError, match=r"last\.ckpt"):
            api.resume(run.path, "trainer.max_epochs=3", force=True)
        assert os.path.samestat(os.fstat(file.fileno()), run.lock_file.stat())


@pytest.mark.parametrize("key", ["force", "allow_changed_data"])
def test_arguments_of_resume_have_no_effect_without_a_run(key: str, capsys: pytest.CaptureFixture[str]) -> None:
    for other in ("model=mlp", "resume=auto", "-m"):
        assert exit_code("train", other, f"{key}=true") == 2
        assert error_line(capsys) == f"nnzoo: {key}=... has no effect without resume=RUN; leave it out"


def test_a_failed_resume_releases_the_lock(run: RunDirectory) -> None:
    """As in a notebook, whose cell is run again after an exception, which keeps all frames alive."""
    for _ in range(2):
        with pytest.raises(UserError, match="has done 2 epochs") as kept:
            api.resume(run.path, "trainer.max_epochs=1")
    assert kept.value.__traceback__ is not None
    assert api.resume(run.path, "trainer.max_epochs=3").status == "done"


def test_temporary_files_of_killed_processes_are_deleted(run: RunDirectory) -> None:
    drafts = [run.path / ".status.json.12", run.path / ".metrics.csv.7", run.checkpoints / ".last.ckpt.123"]
    others = [run.path / ".notes.12", run.path / ".tags.json.12", run.path.parent / ".status.json.12"]
    others += [run.checkpoints / ".last.ckpt.old"]
    for path in (*drafts, *others):
        path.write_text("")
    api.resume(run.path, "trainer.max_epochs=3")
    assert not any(path.exists() for path in drafts)
    assert all(path.exists() for path in others)


def test_a_job_of_a_sweep_leaves_an_active_run_alone(run: RunDirectory) -> None:
    job = Job(0, {}, (), run.path, resume=True, metric="val/acc", prune=False)
    with run.lock_file.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        outcome = Executor(Setup(TINY, None)).execute(job, lambda *_: False)
    assert outcome.status == "failed"
    assert "is active in process" in outcome.message
    assert run.status() == "done"


def test_a_job_of_a_sweep_follows_no_link_out_of_its_run(run: RunDirectory, tmp_path: Path) -> None:
    (tmp_path / "victim").mkdir()
    shutil.rmtree(run.figures, ignore_errors=True)
    run.figures.symlink_to(tmp_path / "victim")
    job = Job(0, {}, (), run.path, resume=True, metric="val/acc", prune=False)
    outcome = Executor(Setup(TINY, None)).execute(job, lambda *_: False)
    assert outcome.status == "failed"
    assert "outside of the run directory" in outcome.message
    assert not list((tmp_path / "victim").iterdir())


def test_a_job_of_a_sweep_on_changed_data_says_what_helps(run: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Data, "has_digest", lambda *_: False)
    job = Job(0, {}, (), run.path, resume=True, metric="val/acc", prune=False)
    outcome = Executor(Setup(TINY, None)).execute(job, lambda *_: False)
    assert outcome.status == "failed"
    assert "is not what the run was trained on" in outcome.message
    assert outcome.message.endswith("; a sweep continues only with the same data; sweep.resume=false starts it anew")
