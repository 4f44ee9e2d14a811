"""Locks of files."""

import os
import socket
import subprocess
import sys

import pytest
from nnzoo.files.locks import LockedError, exclusive, holder, is_alive, is_held

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
    with exclusive(path):
        pass


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
