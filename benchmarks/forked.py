"""A command in a forked process, which has the imports of this one and ends without harm to it."""

import contextlib
import os
import resource
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from nnzoo.cli.commands import main as command

LIMIT = 60.0  # seconds of wall time after which a command hangs


class Ended(NamedTuple):
    """The end of a command: exit code, what it wrote to standard error, CPU seconds, growth of memory; hung: killed."""

    code: int
    errors: str
    seconds: float
    memory: int
    hung: bool


def in_process(args: list[str], folder: Path, prepare: Callable[[], None] = lambda: None) -> Ended:
    """Run a command in a forked process in a folder. prepare: called in the process, before the command."""
    errors = tempfile.TemporaryFile()  # noqa: SIM115  # closed below
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    sys.stderr.flush()
    child = os.fork()
    if child == 0:
        code = 99
        try:
            os.setpgid(0, 0)
            os.chdir(folder)
            os.dup2(errors.fileno(), 2)
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
    code = os.waitstatus_to_exitcode(status)
    growth = max(0, usage.ru_maxrss - own) * 1024
    with errors:
        errors.seek(0)
        text = errors.read().decode(errors="replace")
    return Ended(code, text, usage.ru_utime + usage.ru_stime, growth, hung)
