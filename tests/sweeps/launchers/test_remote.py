"""A job as the process of a launcher executes it."""

import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from nnzoo.errors import UserError
from nnzoo.sweeps import execute
from nnzoo.sweeps.job import Job, Outcome, Setup
from nnzoo.sweeps.launchers.remote import Mailbox, RemoteJob

from .made import DONE, SETUP, job


def test_a_job_in_another_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It has the folder and the imports of the main process, and continues from a checkpoint."""
    called: list[Any] = []

    class Executor:
        def __init__(self, setup: Setup) -> None:
            assert setup is SETUP

        def execute(self, each: Job, ask: Callable[[int, float], bool]) -> Outcome:
            called.append((Path.cwd(), [*sys.path], each.resume, ask))
            if each.trial == 1:
                raise UserError("unknown model")
            return DONE

    handlers: dict[int, Any] = {}
    monkeypatch.setattr(execute, "Executor", Executor)
    monkeypatch.setattr(signal, "signal", handlers.__setitem__)
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.chdir("/")
    mailbox, given = Mailbox(tmp_path / "questions"), job(tmp_path, 0)
    remote = RemoteJob(SETUP, given, mailbox, cwd=tmp_path, path=("made", "up"))
    assert remote() == DONE
    assert called == [(tmp_path, ["made", "up"], False, mailbox.ask)]
    assert handlers == {signal.SIGUSR1: signal.SIG_DFL, signal.SIGUSR2: signal.SIG_DFL}
    (given.directory / "checkpoints").mkdir(exist_ok=True)
    (given.directory / "checkpoints" / "last.ckpt").touch()
    assert remote() == DONE
    assert called[1][2] is True
    assert RemoteJob(SETUP, job(tmp_path, 1), mailbox)() == Outcome("failed", "unknown model")
