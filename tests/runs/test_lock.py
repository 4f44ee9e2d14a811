"""The lock of a run directory, across processes."""

import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest
from nnzoo.errors import UserError
from nnzoo.files import locks
from nnzoo.runs.directory import RunDirectory
from nnzoo.runs.lock import ActiveRun, locked

pytestmark = pytest.mark.skipif(os.name != "posix", reason="locks of POSIX")
HOLD = """
import sys
from pathlib import Path
from nnzoo.runs.directory import RunDirectory
from nnzoo.runs.lock import locked
with locked(RunDirectory(Path(sys.argv[1]))):
    print("locked", flush=True)
    sys.stdin.read()
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


def test_is_released_at_the_end(tmp_path: Path) -> None:
    for _ in range(2):
        with pytest.raises(RuntimeError), locked(RunDirectory(tmp_path)):
            raise RuntimeError
    with locked(RunDirectory(tmp_path)), locked(RunDirectory(tmp_path / ".")):  # nested
        pass
    with (tmp_path / "run.lock").open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(ActiveRun), locked(RunDirectory(tmp_path)):
            pass


def test_file_system_without_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(37, "No locks available")

    monkeypatch.setattr(locks.fcntl, "flock", refuse)
    with locked(RunDirectory(tmp_path)):
        assert (tmp_path / "run.lock").is_file()


def test_directory_that_cannot_be_written(tmp_path: Path) -> None:
    message = r"^cannot write to .*missing: No such file or directory$"
    with pytest.raises(UserError, match=message), locked(RunDirectory(tmp_path / "missing")):
        pass
