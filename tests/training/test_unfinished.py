"""`resume=auto`: the same command continues an unfinished run, or starts a new one."""

import fcntl
import os
import shutil
import signal
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import yaml
from nnzoo import api
from nnzoo.config.compose import compose
from nnzoo.config.given import Given
from nnzoo.errors import UserError
from nnzoo.runs.directory import RunDirectory
from nnzoo.spec import Batch
from nnzoo.tasks.base import Task
from nnzoo.tasks.step import Step
from nnzoo.training import unfinished
from nnzoo.training.changed_data import DataChanged
from nnzoo.training.saved import plain
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


def saved_run(folder: Path, name: str, config: dict[str, object], *, status: str, time: float) -> RunDirectory:
    """Return a run with a config and a file in place of its last checkpoint."""
    directory = RunDirectory(folder / name)
    directory.checkpoints.mkdir(parents=True)
    (directory.path / "config.yaml").write_text(yaml.safe_dump(config))
    directory.set_status(status)
    directory.checkpoint("last").touch()
    os.utime(directory.checkpoint("last"), (time, time))
    return directory


def test_unfinished_runs_with_the_same_config(tmp_path: Path) -> None:
    folder = tmp_path / "iris"
    given = ["model=linear", "data=iris", f"output_dir={tmp_path}"]
    config = plain(compose([*given, "trainer.max_epochs=3"]))
    old, new, failed = (
        saved_run(folder, name, config, status=status, time=time)
        for name, status, time in (("b", "running", 10), ("a", "interrupted", 30), ("c", "failed", 20))
    )
    saved_run(folder, "done", config, status="done", time=99)
    saved_run(folder, "other", config | {"seed": 5}, status="failed", time=99)
    saved_run(folder, "elsewhere", config | {"allow": ["any"], "output_dir": "x"}, status="failed", time=1)
    (folder / "empty").mkdir()
    found = unfinished.unfinished(config)
    assert [each.path.name for each in found] == ["a", "c", "b", "elsewhere"]
    assert [each.path for each in found][:3] == [new.path, failed.path, old.path]
    old.checkpoint("last").unlink()
    assert "b" not in [each.path.name for each in unfinished.unfinished(config)]
    assert unfinished.has_config(new, config)
    assert not unfinished.has_config(new, config | {"seed": 5})
    assert unfinished.has_config(new, plain(compose(given)))  # which leaves the number of epochs to the data
    assert not unfinished.has_config(new, plain(compose([*given, "trainer.max_epochs=4"])))
    (new.path / "config.yaml").write_text("seed: [")
    assert not unfinished.has_config(new, config)


def test_locations_are_not_compared() -> None:
    config = {"seed": 1, "output_dir": "a", "allow": ["b"]}
    assert unfinished.comparable(config) == {"seed": 1}


def test_a_copy_of_data_from_python_is_data_from_python(tmp_path: Path) -> None:
    config = plain(compose(["model=linear", "data=array", "data.path=null", f"output_dir={tmp_path}"]))
    saved = saved_run(tmp_path, "run", config, status="failed", time=1)
    copied = config | {"data": config["data"] | {"path": str(saved.data_copy.resolve())}}
    (saved.path / "config.yaml").write_text(yaml.safe_dump(copied))
    assert unfinished.has_config(saved, config)
    elsewhere = config | {"data": config["data"] | {"path": str(tmp_path / "a.csv")}}
    (saved.path / "config.yaml").write_text(yaml.safe_dump(elsewhere))
    assert not unfinished.has_config(saved, config)


def test_a_run_is_resumed_with_what_its_checkpoint_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[Any] = []
    monkeypatch.setattr(unfinished, "run", lambda *a, **k: calls.append((a, k)) or "result")
    record = SimpleNamespace(trained_on="record", transforms="state")
    monkeypatch.setattr(unfinished, "Checkpoint", SimpleNamespace(read=lambda path: record))
    monkeypatch.setattr(unfinished, "check_config", lambda directory, last: calls.append((directory, last)))
    passed: dict[str, Any] = {"source": "data", "given": Given({}), "keep": True}
    config = {"seed": 1}
    monkeypatch.setattr(unfinished, "unfinished", lambda config: [])
    assert unfinished.resume_or_run(config, ["seed=1"], **passed) == "result"
    assert calls.pop() == ((config, ["seed=1"]), passed)
    directories = [saved_run(tmp_path, name, config, status="failed", time=1) for name in ("a", "b")]
    monkeypatch.setattr(unfinished, "unfinished", lambda config: directories)
    assert unfinished.resume_or_run(config, ["seed=1"], **passed) == "result"
    further = {"resume": directories[0], "trained_on": "record", "fitted": "state"}
    assert calls == [(directories[0], record), ((config, ["seed=1"]), passed | further)]


def test_a_run_on_other_data_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    resumed: list[Any] = []

    def run(*_: Any, resume: RunDirectory | None = None, **__: Any) -> str:
        resumed.append(resume)
        if resume is not None and resume.path.name == "a":
            raise DataChanged("other data")
        return "result"

    monkeypatch.setattr(unfinished, "run", run)
    record = SimpleNamespace(trained_on=None, transforms=None)
    monkeypatch.setattr(unfinished, "Checkpoint", SimpleNamespace(read=lambda path: record))
    monkeypatch.setattr(unfinished, "check_config", lambda directory, last: None)
    one, two = (saved_run(tmp_path, name, {}, status="failed", time=1) for name in ("a", "b"))
    monkeypatch.setattr(unfinished, "unfinished", lambda config: [one, two])
    assert unfinished.resume_or_run({}, []) == "result"
    two.set_status("done")  # meanwhile
    assert unfinished.resume_or_run({}, []) == "result"
    assert resumed == [one, two, one, None]
