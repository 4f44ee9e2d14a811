"""Locks of files."""

import errno
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from nnzoo.errors import UserError
from nnzoo.files import locks
from nnzoo.files.locks import LockedError, exclusive, holder, is_alive, is_held, is_open_at

pytestmark = pytest.mark.skipif(os.name != "posix", reason="locks of POSIX")


def test_is_exclusive_and_names_its_holder(tmp_path):
    path = tmp_path / "lock"
    me = f"process {os.getpid()} on {socket.gethostname()}"
    with exclusive(path):
        assert is_held(path)
        assert holder(path) == me
        with pytest.raises(LockedError, match=me), exclusive(path):
            pass
    assert not is_held(path)
    path.write_text("what an interrupted process has left\n")
    with exclusive(path):
        assert path.read_text() == f"{me}\n"
    assert path.read_text() == f"{me}\n", "with locks, the name stays"


def test_waits_for_another_process(tmp_path):
    path = tmp_path / "lock"
    code = (
        "import sys\nfrom pathlib import Path\nfrom nnzoo.files.locks import exclusive\n"
        "with exclusive(Path(sys.argv[1])):\n    print('held', flush=True)\n    sys.stdin.read(1)\n"
    )
    command = [sys.executable, "-c", code, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "held\n"
        assert is_held(path)
        process.stdin.write("x")
        process.stdin.flush()
        with exclusive(path, wait=True):
            assert process.wait() == 0


def test_processes_that_may_be_alive():
    host = socket.gethostname()
    assert is_alive(f"process {os.getpid()} on {host}")
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    assert not is_alive(f"process {process.pid} on {host}")
    assert is_alive(f"process {process.pid} on elsewhere")
    assert is_alive("another process")


def test_without_a_file(tmp_path):
    assert is_held(tmp_path / "missing"), "it cannot be read"
    assert holder(tmp_path / "missing") == "another process"
    (tmp_path / "empty").touch()
    assert holder(tmp_path / "empty") == "another process"
    assert not is_held(tmp_path / "empty")
    with (
        pytest.raises(UserError, match=f"^cannot write to {tmp_path}/no folder: "),
        exclusive(tmp_path / "no folder/a"),
    ):
        pass


def test_a_lock_that_is_held_for_a_moment(tmp_path, monkeypatch):
    path = tmp_path / "lock"
    other = path.open("ab+")
    locks.fcntl.flock(other, locks.fcntl.LOCK_SH)
    monkeypatch.setattr(locks.time, "sleep", lambda _: other.close())
    monkeypatch.setattr(locks, "PATIENCE", 60)
    with exclusive(path):
        assert other.closed
        assert is_held(path)


def test_a_file_that_is_deleted_while_it_is_locked(tmp_path, monkeypatch):
    path, other = tmp_path / "lock", tmp_path / "other"
    acquire, deleted = locks.acquire, []

    def delete_first(file, *, wait):
        if not deleted:
            deleted.append(path.unlink())
        return acquire(file, wait=wait)

    monkeypatch.setattr(locks, "acquire", delete_first)
    with exclusive(path) as file:
        assert is_open_at(path, file)
        assert is_held(path)
        other.touch()
        assert not is_open_at(other, file)
        path.unlink()
        assert not is_open_at(path, file)


@pytest.fixture
def no_locks(monkeypatch):
    """Simulate a file system without locks."""

    def flock(*_):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(locks.fcntl, "flock", flock)


@pytest.mark.usefixtures("no_locks")
def test_without_locks_the_name_stands_for_the_lock(tmp_path):
    path = tmp_path / "lock"
    with exclusive(path):
        assert is_held(path)
        with pytest.raises(LockedError, match=f"process {os.getpid()}"), exclusive(path):
            pass
        with exclusive(path, wait=True):
            pass
    assert path.read_text() == ""
    assert not is_held(path)


@pytest.mark.usefixtures("no_locks")
def test_without_locks_names_of_other_hosts_and_of_ended_processes_do_not_count(tmp_path):
    path = tmp_path / "lock"
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    for name in (f"process {os.getpid()} on elsewhere", f"process {process.pid} on {socket.gethostname()}"):
        path.write_text(f"{name}\n")
        assert not is_held(path)
        with exclusive(path):
            assert is_held(path)


def test_windows_has_no_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locks, "fcntl", None)
    path = tmp_path / "lock"
    with exclusive(path), exclusive(path):
        assert is_held(path)
    assert is_held(path)
    assert path.read_text() == f"process {os.getpid()} on {socket.gethostname()}\n"
