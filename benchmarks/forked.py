"""Commands in processes that are forked from this one, which has imported everything: a start takes milliseconds."""

import contextlib
import os
import resource
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple, NoReturn

import pytorch_lightning  # noqa: F401  # imported once, before the processes are forked
from nnzoo import api  # noqa: F401
from nnzoo.cli.commands import main as command

LIMIT = 60.0  # seconds of wall time after which a command hangs
LONG_LIMIT = 300.0  # of a command beside others


class Ended(NamedTuple):
    """The end of a command: exit code, what it wrote to standard error, CPU seconds, growth of memory; hung: killed."""

    code: int
    errors: str
    seconds: float
    memory: int
    hung: bool


def in_process(args: list[str], folder: Path, prepare: Callable[[], None] = lambda: None) -> Ended:
    """Run a command in a forked process in a folder. prepare: called in the process, before the command."""
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with tempfile.TemporaryFile() as errors:
        child = start(args, folder, errors.fileno(), prepare)
        end, hung = time.monotonic() + LIMIT, False
        while True:
            found, status, usage = os.wait4(child, os.WNOHANG)
            if found:
                break
            if time.monotonic() > end:
                os.kill(child, signal.SIGKILL)
                hung = True
            time.sleep(0.02)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child, signal.SIGKILL)  # processes that it has started and that outlive it
        errors.seek(0)
        text = errors.read().decode(errors="replace")
    code = os.waitstatus_to_exitcode(status)
    growth = max(0, usage.ru_maxrss - own) * 1024
    return Ended(code, text, usage.ru_utime + usage.ru_stime, growth, hung)


class Forked:
    """A command that runs beside this process, in a folder; what it writes to standard error is in a file there."""

    def __init__(self, args: Sequence[str], folder: Path, name: str = "errors") -> None:
        self.errors = folder / name
        self.code: int | None = None
        with self.errors.open("w") as file:
            self.pid = start(args, folder, file.fileno())

    def is_running(self) -> bool:
        """Return whether the command runs."""
        if self.code is None:
            found, status = os.waitpid(self.pid, os.WNOHANG)
            self.code = os.waitstatus_to_exitcode(status) if found else None
        return self.code is None

    def kill(self) -> bool:
        """Kill the command; return whether it was running."""
        if not self.is_running():
            return False
        os.kill(self.pid, signal.SIGKILL)
        return self.wait() == -signal.SIGKILL

    def wait(self) -> int:
        """Return the exit code; a command that hangs is killed."""
        end = time.monotonic() + LONG_LIMIT
        while self.is_running():
            if time.monotonic() > end:
                os.kill(self.pid, signal.SIGKILL)
            time.sleep(0.01)
        assert self.code is not None
        return self.code

    @property
    def lines(self) -> list[str]:
        """What the command has written to standard error, without progress and notes."""
        lines = self.errors.read_text(errors="replace").splitlines()
        return [line for line in lines if line.startswith(("nnzoo: ", "Traceback")) and "nnzoo: note: " not in line]


def start(args: Sequence[str], folder: Path, errors: int, prepare: Callable[[], None] = lambda: None) -> int:
    """Fork a process that runs a command in a folder, as the leader of a process group; return its number.

    errors: file descriptor of its standard error; prepare: called in the process, before the command.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    return os.fork() or execute(args, folder, errors, prepare)


def execute(args: Sequence[str], folder: Path, errors: int, prepare: Callable[[], None]) -> NoReturn:
    """Run a command in this process, which is the child, and end the process."""
    code = 99
    try:
        os.setpgid(0, 0)
        os.chdir(folder)
        os.dup2(errors, 2)
        os.dup2(os.open(os.devnull, os.O_RDWR), 1)
        prepare()
        command(args)
    except SystemExit as error:
        code = int(error.code or 0)
    except BaseException:
        traceback.print_exc()
    finally:
        with contextlib.suppress(Exception):
            sys.stderr.flush()
        os._exit(code)
