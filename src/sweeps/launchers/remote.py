"""A job of a sweep as a process on another machine executes it. Imports no torch."""

import json
import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from ...errors import UserError
from ...runs.atomic import write_json
from ..job import Job, Outcome, Setup

PAUSE = 0.1  # seconds between checks for an answer
PATIENCE = 120.0  # seconds after which a job no longer waits for an answer, as the main process may be gone


@dataclass(frozen=True)
class Mailbox:
    """Questions of a job, whether to stop it, and their answers: files in a folder that both processes see."""

    folder: Path

    def ask(self, epoch: int, value: float) -> bool:
        """Report the metric of the job after an epoch; return whether to stop, False without an answer."""
        self.folder.mkdir(parents=True, exist_ok=True)
        answer = self.folder / f"answer-{epoch}.json"
        answer.unlink(missing_ok=True)  # of an earlier process of the job
        write_json(self.folder / f"question-{epoch}.json", value)
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            if answer.is_file():
                return bool(json.loads(answer.read_text()))
            time.sleep(PAUSE)
        return False

    def answer(self, decide: Callable[[int, float], bool]) -> None:
        """Answer the questions that have arrived."""
        for file in sorted(self.folder.glob("question-*.json")):
            epoch, value = int(file.stem.rpartition("-")[2]), json.loads(file.read_text())
            file.unlink()
            write_json(self.folder / f"answer-{epoch}.json", decide(epoch, float("nan") if value is None else value))


@dataclass(frozen=True)
class RemoteJob:
    """A job and what it needs, to be pickled. Calling it trains and returns the outcome.

    cwd, path: the working directory and `sys.path` of the main process.
    """

    setup: Setup
    job: Job
    mailbox: Mailbox
    cwd: Path = field(default_factory=Path.cwd)
    path: tuple[str, ...] = field(default_factory=lambda: tuple(sys.path))

    def __call__(self) -> Outcome:
        """Train in this process. Signals of schedulers interrupt the run, which saves its state."""
        os.chdir(self.cwd)
        sys.path[:] = self.path
        for name in ("SIGUSR1", "SIGUSR2"):  # submitit has handlers that would end the process without a result
            signal.signal(getattr(signal, name), signal.SIG_DFL)
        from ..execute import Executor  # imports torch

        resume = (self.job.directory / "checkpoints" / "last.ckpt").is_file()
        try:
            return Executor(self.setup).execute(replace(self.job, resume=resume), self.mailbox.ask)
        except UserError as error:
            return Outcome("failed", str(error))
