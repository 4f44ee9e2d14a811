"""`resume=auto`: the same command continues an unfinished run, or starts a new one."""

import fcntl
import os
import shutil
import signal
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from nnzoo import api
from nnzoo.errors import UserError
from nnzoo.runs.directory import RunDirectory
from nnzoo.spec import Batch
from nnzoo.tasks.base import Task
from nnzoo.tasks.step import Step
from nnzoo.training import unfinished
from torch.optim import Optimizer

from tests.support.commands import exit_code
from tests.support.runs import STEPS, TINY, assert_same_outcome, checkpoint, only, train

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
SETTINGS = ("model.dropout=0.3", "trainer.steps_per_slice=5", "callbacks.last.every_seconds=0")


@pytest.fixture(scope="module")
def runs_terminated_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a run that SIGTERM has stopped in its second epoch."""
    folder = tmp_path_factory.mktemp("terminated")
    whole, taken = Task.update, []

    def update(self: Task, batch: Batch, optimizer: Optimizer) -> Step:
        taken.append(1)
        if len(taken) == STEPS + 7:
            os.kill(os.getpid(), signal.SIGTERM)
        return whole(self, batch, optimizer)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Task, "update", update)
        assert exit_code(*command(folder)) == 128 + signal.SIGTERM
    directory = only(folder)
    assert RunDirectory(directory).status() == "interrupted"
    assert checkpoint(directory)["global_step"] == STEPS + 10
    return folder


@pytest.fixture
def terminated(tmp_path: Path, runs_terminated_once: Path) -> Path:
    """A copy of the run that was stopped, the only one in its folder."""
    shutil.copytree(runs_terminated_once, tmp_path / "runs")
    return only(tmp_path / "runs")


def command(folder: Path, *further: str) -> Sequence[str]:
    return ("train", "resume=auto", *TINY, *SETTINGS, f"output_dir={folder}", *further)


def runs(directory: Path) -> list[Path]:
    return sorted(directory.parent.iterdir())


def test_the_same_command_continues_until_the_run_is_done(tmp_path: Path, terminated: Path) -> None:
    assert exit_code(*command(tmp_path / "runs")) == 0
    assert runs(terminated) == [terminated]
    assert RunDirectory(terminated).status() == "done"
    assert_same_outcome(terminated, train(tmp_path / "whole", *SETTINGS).directory)
    assert exit_code(*command(tmp_path / "runs")) == 0
    assert len(runs(terminated)) == 2


@pytest.mark.parametrize("status", ["running", "failed"])
def test_killed_and_failed_runs_continue(tmp_path: Path, terminated: Path, status: str) -> None:
    RunDirectory(terminated).set_status(status)
    assert exit_code(*command(tmp_path / "runs")) == 0
    assert runs(terminated) == [terminated]
    assert RunDirectory(terminated).status() == "done"


@pytest.mark.parametrize("status", ["done", "diverged"])
def test_ended_runs_stay(tmp_path: Path, terminated: Path, status: str) -> None:
    RunDirectory(terminated).set_status(status)
    assert exit_code(*command(tmp_path / "runs")) == 0
    assert (len(runs(terminated)), RunDirectory(terminated).status()) == (2, status)


@pytest.mark.parametrize("override", ["trainer.max_epochs=3", "seed=1"])
def test_other_settings_start_a_new_run(tmp_path: Path, terminated: Path, override: str) -> None:
    assert exit_code(*command(tmp_path / "runs", override)) == 0
    assert (len(runs(terminated)), RunDirectory(terminated).status()) == (2, "interrupted")


def test_active_run_is_left_alone(tmp_path: Path, terminated: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with RunDirectory(terminated).lock_file.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # as another process does
        assert exit_code("train", f"resume={terminated}") == 2
        assert f"is active in process {os.getpid()} on" in capsys.readouterr().err
        assert exit_code(*command(tmp_path / "runs")) == 0
    assert (len(runs(terminated)), RunDirectory(terminated).status()) == (2, "interrupted")


def test_run_without_a_checkpoint_is_left_alone(tmp_path: Path, terminated: Path) -> None:
    RunDirectory(terminated).checkpoint("last").unlink()
    assert exit_code(*command(tmp_path / "runs")) == 0
    assert (len(runs(terminated)), RunDirectory(terminated).status()) == (2, "interrupted")


def test_run_that_has_been_finished_meanwhile(
    tmp_path: Path, terminated: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = unfinished.unfinished

    def late(config: dict[str, object]) -> list[RunDirectory]:
        directories = found(config)
        assert [each.path for each in directories] == [terminated]
        RunDirectory(terminated).set_status("done")
        return directories

    monkeypatch.setattr(unfinished, "unfinished", late)
    assert exit_code(*command(tmp_path / "runs")) == 0
    assert len(runs(terminated)) == 2


def test_damaged_config_is_left_alone(tmp_path: Path, terminated: Path) -> None:
    (terminated / "config.yaml").write_text("model: [")
    assert exit_code(*command(tmp_path / "runs")) == 0
    assert len(runs(terminated)) == 2


def interrupted(directory: Path) -> Path:
    """Make a run look like one that was stopped after its last step."""
    RunDirectory(directory).set_status("interrupted")
    return directory


def test_data_from_python_and_from_files(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    x, y = generator.normal(size=(60, 3)), generator.integers(2, size=60)
    settings = {"model": "linear", "trainer": {"max_epochs": 1, "accelerator": "cpu"}, "output_dir": tmp_path}
    for keep in (True, False):
        first = interrupted(api.train(data=(x, y), keep_data=keep, **settings).directory)
        assert api.train(data=(x, y), keep_data=keep, resume="auto", **settings).directory == first
        interrupted(first)
        assert api.train(data=(x + 1, y), keep_data=keep, resume="auto", **settings).directory != first
    path = tmp_path / "table.npz"
    np.savez(path, x=x, y=y)
    first = interrupted(api.train(data=path, **settings).directory)
    assert api.train(data=path, resume="auto", **settings).directory == first
    interrupted(first)
    np.savez(path, x=x + 1, y=y)
    assert api.train(data=path, resume="auto", **settings).directory != first


def test_the_newest_of_several(tmp_path: Path) -> None:
    one, two = (interrupted(train(tmp_path).directory) for _ in range(2))
    os.utime(RunDirectory(two).checkpoint("last"), (1e9, 1e9))
    resumed = [api.train(*TINY, output_dir=tmp_path, resume="auto").directory for _ in range(2)]
    assert resumed == [one, two]


def test_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for sweep in ("-m", "seeds=2"):
        assert exit_code(*command(tmp_path), sweep) == 2
        message = "nnzoo: resume=auto is for single runs; the same command continues a sweep without it\n"
        assert capsys.readouterr().err == message
    with pytest.raises(UserError, match=r"resume is 'there'; it takes 'auto'; nnzoo.resume\(RUN\) resumes"):
        api.train(*TINY, resume="there")
    assert not list(tmp_path.iterdir())
