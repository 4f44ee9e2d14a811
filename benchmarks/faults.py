"""A callback that makes some trials of a sweep fail, and records each start. It is imported by the worker processes."""

import hashlib
import json
import os
import signal
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
import torch

WAIT = 120.0  # seconds that the first trials wait for the other workers at most


class InjectedError(Exception):
    """The exception that a trial raises."""


class Fault(pl.Callback):
    """Record the start of each trial in a file, and inject a fault into some of them in the first epoch.

    starts: file of JSON lines; exceptions, nans, kills: shares of the trials that raise an exception, whose weights
    become NaN, and whose process is killed; seconds: pauses in each epoch, trial i has pause i mod n; workers: the
    first trials wait until so many workers have started, which takes out their start from a measurement.
    """

    def __init__(
        self,
        *,
        starts: str,
        exceptions: float = 0.0,
        nans: float = 0.0,
        kills: float = 0.0,
        seconds: Sequence[float] = (0.0,),
        workers: int = 1,
    ) -> None:
        self.starts = Path(starts)
        self.shares = (exceptions, nans, kills)
        self.seconds = seconds
        self.workers = workers

    def on_fit_start(self, trainer: pl.Trainer, task: Any) -> None:
        """Record the start."""
        number = task.config["trial"]["number"]
        line = {"trial": number, "pid": os.getpid(), "time": time.time(), "mib": resident_memory()}
        with self.starts.open("a", encoding="utf-8") as file:  # lines this short are appended as a whole
            file.write(json.dumps(line) + "\n")
        until = time.monotonic() + WAIT
        while number < self.workers and len({each["pid"] for each in read_starts(self.starts)}) < self.workers:
            assert time.monotonic() < until, "the other workers have not started"
            time.sleep(0.05)

    def on_train_epoch_start(self, trainer: pl.Trainer, task: Any) -> None:
        """Pause, and inject the fault."""
        number = task.config["trial"]["number"]
        time.sleep(self.seconds[number % len(self.seconds)])
        fault = fault_of(number, *self.shares)
        if fault == "exception":
            raise InjectedError(f"injected into trial {number}")
        if fault == "nan":
            with torch.no_grad():
                next(task.parameters()).fill_(float("nan"))
        if fault == "kill":
            os.kill(os.getpid(), signal.SIGKILL)


def fault_of(number: int, exceptions: float, nans: float, kills: float) -> str:
    """Return the fault of a trial: exception, nan, kill or none."""
    digest = hashlib.sha256(f"trial {number}".encode()).digest()
    drawn = int.from_bytes(digest[:8], "big") / 2**64
    for name, share in (("exception", exceptions), ("nan", nans), ("kill", kills)):
        if drawn < share:
            return name
        drawn -= share
    return "none"


def read_starts(file: Path) -> list[dict[str, Any]]:
    """Return the recorded starts: trial, pid, time, and resident memory in MiB (None if unknown)."""
    return [json.loads(line) for line in file.read_text().splitlines()] if file.is_file() else []


def resident_memory() -> float | None:
    """Return the resident memory of this process in MiB, None on systems without /proc."""
    file = Path("/proc/self/statm")
    return int(file.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20 if file.is_file() else None
