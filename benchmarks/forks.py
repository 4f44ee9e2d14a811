"""Commands in processes that are forked from this one, which has imported everything: a start takes milliseconds."""

import contextlib
import os
import signal
import sys
import time
import traceback
from collections.abc import Sequence
from pathlib import Path

import pytorch_lightning  # noqa: F401  # imported once, before the processes are forked
from nnzoo import api  # noqa: F401
from nnzoo.cli.commands import main as command

LIMIT = 300.0  # seconds after which a command hangs


class Forked:
    """A command in a process of its own, which works in a folder; it ends in the folder's file `errors`."""

    def __init__(self, args: Sequence[str], folder: Path, name: str = "errors") -> None:
        self.errors = folder / name
        self.code: int | None = None
        sys.stdout.flush()
        sys.stderr.flush()
        self.pid = os.fork() or execute(args, folder, self.errors)

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
        end = time.monotonic() + LIMIT
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


def execute(args: Sequence[str], folder: Path, errors: Path) -> int:
    """Run a command in this process, which is the child, and end the process."""
    code = 1
    try:
        os.chdir(folder)
        with errors.open("w") as file:
            os.dup2(file.fileno(), 2)
            os.dup2(os.open(os.devnull, os.O_RDWR), 1)
        command(args)
    except SystemExit as error:
        code = int(error.code or 0)
    except BaseException:
        traceback.print_exc()
    finally:
        with contextlib.suppress(Exception):
            sys.stderr.flush()
        os._exit(code)
