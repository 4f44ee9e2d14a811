"""The lock of a run directory, across processes."""

import fcntl
import os
import shutil
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import BinaryIO

import pytest
from nnzoo.errors import UserError
from nnzoo.files import locks
from nnzoo.reports.facts import read_facts
from nnzoo.runs import lock
from nnzoo.runs.directory import RunDirectory
from nnzoo.runs.index import load_runs
from nnzoo.runs.lock import ActiveRun, LostRun, Place, is_active, locked

from tests.support.made_runs import made_run

pytestmark = pytest.mark.skipif(os.name != "posix", reason="locks of POSIX")
HOST = socket.gethostname()
HOLD = """
import sys
from pathlib import Path
from nnzoo.runs.directory import RunDirectory
from nnzoo.runs.lock import locked
with locked(RunDirectory(Path(sys.argv[1]))):
    print("locked", flush=True)
    sys.stdin.read()
"""
HOLD_AND_FORK = """
import os, signal, sys
from pathlib import Path
from nnzoo.runs.directory import RunDirectory
from nnzoo.runs.lock import locked
with locked(RunDirectory(Path(sys.argv[1]))):
    if os.fork() == 0:
        print("forked", flush=True)  # what runs in a child after a fork has run
        sys.stdin.read()
        os._exit(0)
    signal.pause()
"""


def test_of_another_process_until_it_is_killed(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "locked\n"
        message = rf"^the run .* is active in process {process.pid} on "
        with pytest.raises(ActiveRun, match=message), locked(RunDirectory(tmp_path)):
            pass
        process.kill()
        process.wait()
        with locked(RunDirectory(tmp_path)):
            assert (tmp_path / "run.lock").read_text().startswith(f"process {os.getpid()} on ")


def test_is_not_kept_by_a_process_that_the_killed_one_has_forked(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLD_AND_FORK, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "forked\n"
        assert is_active(RunDirectory(tmp_path))
        process.kill()
        process.wait()
        assert not is_active(RunDirectory(tmp_path))


def test_is_released_at_the_end(tmp_path: Path) -> None:
    for _ in range(2):
        with pytest.raises(RuntimeError), locked(RunDirectory(tmp_path)):
            raise RuntimeError
    with (tmp_path / "run.lock").open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(ActiveRun), locked(RunDirectory(tmp_path)):
            pass


def test_one_process_cannot_train_a_run_twice(tmp_path: Path) -> None:
    with locked(RunDirectory(tmp_path)):
        for force in (False, True):
            with pytest.raises(ActiveRun, match="is active in this process"):  # noqa: SIM117  # the outer one remains
                with locked(RunDirectory(tmp_path / "."), force=force):
                    pass
        with ThreadPoolExecutor() as threads, pytest.raises(ActiveRun):
            threads.submit(enter, tmp_path).result()


def enter(path: Path) -> None:
    with locked(RunDirectory(path)):
        pass


def test_forked_children_do_not_hold_it(tmp_path: Path) -> None:
    run = RunDirectory(tmp_path)
    with locked(run):
        child, waiting = os.pipe()
        begun, begins = os.pipe()
        if not (pid := os.fork()):
            os.close(waiting)
            os.write(begins, b".")
            os.read(child, 1)  # lives on until the parent has released the lock
            os._exit(0)
        os.close(child)
        os.read(begun, 1)
        assert is_active(run)
    assert not is_active(run)
    os.close(begun)
    os.close(begins)
    os.close(waiting)
    os.waitpid(pid, 0)


def test_taken_by_force(tmp_path: Path) -> None:
    run = RunDirectory(tmp_path)
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "locked\n"
        theirs = Place.of(run)
        theirs.check()
        with locked(run, force=True):
            Place.of(run).check()
            with pytest.raises(LostRun, match=rf"^process {os.getpid()} on .* has taken over the run"):
                theirs.check()
            process.communicate("")
            assert is_active(run)


def test_a_directory_that_was_moved_or_deleted(tmp_path: Path) -> None:
    run = RunDirectory(tmp_path / "a")
    run.path.mkdir()
    with locked(run):
        place = Place.of(run)
        run.checkpoints.mkdir()
        run.checkpoint("last").touch()
        run.path.rename(tmp_path / "b c")
        with pytest.raises(LostRun, match=r"a, was moved") as lost:
            place.check()
        if lock.OPEN_FILES.is_dir():
            assert lost.value.directory == RunDirectory(tmp_path / "b c")
            assert f"; continue with: nnzoo train 'resume={tmp_path}/b c'" in str(lost.value)
        shutil.rmtree(tmp_path / "b c")
        with pytest.raises(LostRun, match=r"was moved or deleted during training$"):
            place.check()


def test_status_of_killed_runs(tmp_path: Path) -> None:
    run = RunDirectory(made_run(tmp_path / "a", status="running"))
    assert shown(tmp_path) == "running"  # of an earlier version, without a lock
    with locked(run):
        assert shown(tmp_path) == "running"
        shown_by_report = read_facts(run.path)
        assert (shown_by_report.status, shown_by_report.seconds) == ("running", None)
    assert shown(tmp_path) == "killed"
    assert read_facts(run.path).status == "killed"
    run.set_status("done")
    assert shown(tmp_path) == "done"


def shown(root: Path) -> str:
    return load_runs(root).runs["a"].summary.status


@pytest.mark.parametrize("error", [37, 95])
def test_file_system_without_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: int) -> None:
    """The name in the file stands for the lock if it is that of a living process of this host."""

    def refuse(*_: object) -> None:
        raise OSError(error, "No locks available")

    monkeypatch.setattr(locks.fcntl, "flock", refuse)
    run = RunDirectory(tmp_path)
    with locked(run):
        assert is_active(run)
    assert not is_active(run)
    for name, held in ((f"process {os.getppid()} on {HOST}", True), (f"process {os.getppid()} on elsewhere", False)):
        run.lock_file.write_text(f"{name}\n")
        assert is_active(run) == held
        if held:
            with pytest.raises(ActiveRun, match=name), locked(run):
                pass
        with locked(run, force=True):
            pass


def test_probes_do_not_need_a_lock_for_writing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """NFS emulates these locks by those of POSIX, which are exclusive only for files that are open for writing."""
    flock = locks.fcntl.flock

    def as_on_nfs(file: BinaryIO, operation: int) -> None:
        if operation & fcntl.LOCK_EX and not file.writable():
            raise OSError(9, "Bad file descriptor")
        flock(file, operation)

    monkeypatch.setattr(locks.fcntl, "flock", as_on_nfs)
    run = RunDirectory(tmp_path)
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "locked\n"
        run.lock_file.write_text("")  # the lock counts, not the name
        assert is_active(run)
        process.communicate("")
    assert not is_active(run)


def test_directory_that_cannot_be_written(tmp_path: Path) -> None:
    message = r"^cannot write to .*missing: No such file or directory$"
    with pytest.raises(UserError, match=message), locked(RunDirectory(tmp_path / "missing")):
        pass
