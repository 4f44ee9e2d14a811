"""Start the processes of a run on several devices, and wait for its result."""

import logging
import os
import pickle
import tempfile
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

from ...config.schema import Trainer
from ...errors import UserError
from ...runs.child import Child
from ...runs.directory import RunDirectory
from ...runs.machine import available_cores
from ...runs.signals import Interrupted, Signals
from ..result import Result
from ..trainers import accelerator
from .messages import CRASH, DIRECTORY, INTERRUPTED, LOG, REPORT, RESULT, USER_ERROR, WARNING, Request

POLL = 0.2  # seconds between checks for signals and dead processes

Report = Callable[[int, float], bool]


class ProcessFailed(Exception):
    """One of the processes of a run has failed."""


class ProcessDied(ProcessFailed, UserError):
    """One of the processes of a run has ended without an exception, for example since the memory is full."""


def launch(arguments: dict[str, Any], size: int, metric: str | None, report: Report | None) -> Result:
    """Train in `size` processes and return the result of the first.

    arguments: of `run`, without `comparison`; metric, report: of the comparison. Raises what `run` raises, and
    ProcessFailed if a process dies or has an unexpected exception; the others are then ended.
    """
    given: RunDirectory | None = arguments["directory"] or arguments["resume"]
    device = accelerator(Trainer(**arguments["config"]["trainer"]))
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="nnzoo-")))
        first = Request(0, size, device, folder / "store", metric, report is not None, arguments)
        signals = stack.enter_context(Signals(deferred=True))
        children = stack.enter_context(started(first, folder))
        return Group(children, given, report).wait(signals)


@contextmanager
def started(first: Request, folder: Path) -> Iterator[list[Child]]:
    """Start the processes, and end them on exit. Only the first one prints."""
    threads = {} if os.environ.get("OMP_NUM_THREADS") else {"OMP_NUM_THREADS": str(available_cores() // first.size)}
    with ExitStack() as stack:
        children = []
        for rank in range(first.size):
            log = folder / f"{rank}.log" if rank else None
            child = Child("nnzoo.training.distributed.rank", log=log, environment=threads)
            stack.callback(child.close)
            children.append(child)
        for rank, child in enumerate(children):
            try:
                child.send(replace(first, rank=rank))
            except (pickle.PicklingError, AttributeError, TypeError) as error:
                raise UserError(
                    f"data or objects from Python cannot be sent to other processes ({error}); set trainer.devices=1"
                ) from error
        yield children


class Group:
    """The processes of a run, as seen by the process that has started them.

    directory: of the run, None until the first process has created it.
    """

    def __init__(self, children: list[Child], directory: RunDirectory | None, report: Report | None) -> None:
        self.children = children
        self.directory = directory
        self.report = report
        self.forwarded: int | None = None

    def wait(self, signals: Signals) -> Result:
        """Return the result. Forwards the first signal to the first process, which ends the run for all."""
        active = dict(enumerate(self.children))
        while True:
            if signals.received is not None and self.forwarded is None:
                self.forwarded = signals.received
                with suppress(ProcessLookupError):
                    os.kill(self.children[0].process.pid, self.forwarded)
            ready = wait([child.connection for child in active.values()], timeout=POLL)
            for rank, child in list(active.items()):
                if child.connection not in ready and child.process.poll() is None:
                    continue
                try:
                    kind, content = child.receive()
                except EOFError:
                    self.fail(child.death(self.name(rank)), "")
                if rank and kind in (RESULT, INTERRUPTED):  # the first process still writes the status
                    del active[rank]
                elif kind == RESULT:
                    result: Result = content
                    return result
                else:
                    self.answer(rank, kind, content)

    def answer(self, rank: int, kind: str, content: Any) -> None:
        """Take a message other than the result. Raises what the process has raised."""
        if kind == USER_ERROR:
            raise content
        if kind == INTERRUPTED:
            error = Interrupted(content[0])
            error.result = content[1]
            raise error
        if kind == CRASH:
            self.fail(f"{self.name(rank)}: {content[0]}", content[1])
        if kind == REPORT:
            assert self.report is not None
            self.children[rank].send(self.report(*content))
        elif kind == DIRECTORY:
            self.directory = content
        elif kind == WARNING:
            warnings.warn(content, stacklevel=2)
        elif kind == LOG:
            name, level, text = content
            logging.getLogger(name).log(level, "%s", text)

    def name(self, rank: int) -> str:
        """Return what messages call a process."""
        return f"process {rank + 1} of {len(self.children)}"

    def fail(self, message: str, text: str) -> None:
        """Raise ProcessFailed, and note in the run directory why. text: the traceback, empty without an exception."""
        if self.forwarded is not None:
            raise Interrupted(self.forwarded)
        for child in self.children:
            child.close()
        error = ProcessFailed(message) if text else ProcessDied(message)
        if text:
            error.add_note(text)
        if self.directory is not None and self.directory.path.is_dir():
            with suppress(OSError):
                self.directory.set_status("failed", str(error))
                with self.directory.log_file.open("a", encoding="utf-8") as file:
                    file.write("".join(traceback.format_exception_only(error)))
        raise error
