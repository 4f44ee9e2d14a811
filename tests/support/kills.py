"""A callback that kills its process, or raises an exception, in one trial of a sweep."""

import os
import signal
from typing import Any

import pytorch_lightning as pl


class Kill(pl.Callback):
    """Kill the process in the trial `killed`, and raise an exception in the trial `failed`, when training starts."""

    def __init__(self, *, killed: int, failed: int) -> None:
        self.killed = killed
        self.failed = failed

    def on_train_start(self, trainer: pl.Trainer, task: Any) -> None:
        """Act if the trial is one of them."""
        number = task.config["trial"]["number"]
        if number == self.killed:
            os.kill(os.getpid(), signal.SIGKILL)
        if number == self.failed:
            raise RuntimeError("no luck")
