"""Progress line on the terminal or in a notebook."""

import logging
import time
from typing import Any

import pytorch_lightning as pl

from ..formatting import format_number
from ..tasks.base import Task
from .progress_line import Line, progress_line

UPDATE_SECONDS = 0.1  # seconds between two updates
LOG_SECONDS, LOG_SHARE = 10.0, 0.05  # least time between two logged epochs: seconds, share of the time since the start
BAR_WIDTHS = (20, 10, 5)

log = logging.getLogger("nnzoo.progress")


class Progress(pl.Callback):
    """Update one line on standard error or in a notebook: epoch, progress bar, metrics, speed, remaining time.

    If standard error is not a terminal, or the terminal cannot return to the start of a line, the first and the last
    epoch and one every few seconds are logged instead (logger `nnzoo.progress`, which the command prints).
    """

    def __init__(self) -> None:
        self.line: Line | None = None
        self.due = 0.0  # time of the next update
        self.epoch = "epoch 1"
        self.metrics = ""
        self.start_time = 0.0  # of training
        self.first_step = 0

    def setup(self, trainer: pl.Trainer, task: Task, stage: str) -> None:  # type: ignore[override]
        """Find the line."""
        self.line = progress_line() if trainer.is_global_zero else None

    def on_train_start(self, trainer: pl.Trainer, task: Task) -> None:  # type: ignore[override]
        """Record the start time."""
        self.start_time = time.monotonic()
        self.first_step = trainer.global_step

    def on_train_epoch_start(self, trainer: pl.Trainer, task: Task) -> None:  # type: ignore[override]
        """Update the epoch, and the training metrics of the previous epoch, which are computed after its end."""
        self._log_epoch(trainer, task)
        of = f"/{trainer.max_epochs}" if trainer.max_epochs and trainer.max_epochs > 0 else ""
        self.epoch = f"epoch {trainer.current_epoch + 1}{of}"
        self._take_metrics(trainer, task)

    def on_train_batch_end(  # type: ignore[override]
        self, trainer: pl.Trainer, task: Task, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Update the line if an update is due."""
        if self.line is not None and time.monotonic() >= self.due:
            left = remaining_steps(trainer, task)
            rate = self._rate(trainer)
            self._write(self._text(trainer, task, f"eta {format_time(left / rate)}" if left and rate else ""))

    def on_validation_batch_end(  # type: ignore[override]
        self,
        trainer: pl.Trainer,
        task: Task,
        outputs: Any,
        batch: Any,
        batch_idx: int,
        dataloader_idx: int = 0,
    ) -> None:
        """Show the progress of a long validation."""
        if self.line is not None and time.monotonic() >= self.due and not trainer.sanity_checking:
            done = fraction(batch_idx + 1, int(sum(trainer.num_val_batches)))
            self._write(f"{self.epoch}  {bar(done)}  validating  {self.metrics}")

    def on_test_batch_end(  # type: ignore[override]
        self,
        trainer: pl.Trainer,
        task: Task,
        outputs: Any,
        batch: Any,
        batch_idx: int,
        dataloader_idx: int = 0,
    ) -> None:
        """Show the progress of a long test."""
        if self.line is not None and time.monotonic() >= self.due:
            self._write(f"testing  {bar(fraction(batch_idx + 1, int(sum(trainer.num_test_batches))))}")

    def on_validation_end(self, trainer: pl.Trainer, task: Task) -> None:  # type: ignore[override]
        """Update the validation metrics."""
        if not trainer.sanity_checking:
            self._take_metrics(trainer, task)

    def on_train_end(self, trainer: pl.Trainer, task: Task) -> None:  # type: ignore[override]
        """Write the final line."""
        self.due = 0.0
        self._log_epoch(trainer, task)
        if self.line is not None:
            self._take_metrics(trainer, task)
            self._write(self._text(trainer, task))
        self._end_line()

    def on_test_end(self, trainer: pl.Trainer, task: Task) -> None:  # type: ignore[override]
        """End the line."""
        self._end_line()

    def on_exception(self, trainer: pl.Trainer, task: Task, exception: BaseException) -> None:  # type: ignore[override]
        """End the line before the error message."""
        self._end_line()

    def _text(self, trainer: pl.Trainer, task: Task, eta: str = "") -> str:
        """Return the text of the line; if it is too long for the line, the speed is left out and the bar is shorter."""
        assert self.line is not None
        done = fraction(task.steps_done, task.steps_in_epoch)
        speed = f"{self._rate(trainer):.0f} steps/s"
        texts = [join(self.epoch, bar(done), self.metrics, speed, eta)]
        texts += [join(self.epoch, bar(done, width), self.metrics, eta) for width in BAR_WIDTHS]
        texts.append(join(self.epoch, self.metrics, eta))
        return next((text for text in texts if len(text) <= self.line.width), texts[-1])

    def _rate(self, trainer: pl.Trainer) -> float:
        """Return the steps per second. Includes validation, so that the remaining time is right."""
        return (trainer.global_step - self.first_step) / max(time.monotonic() - self.start_time, 1e-9)

    def _take_metrics(self, trainer: pl.Trainer, task: Task) -> None:
        if self.line is not None:
            self.metrics = describe_metrics(trainer, task)

    def _log_epoch(self, trainer: pl.Trainer, task: Task) -> None:
        """Log the epoch that has ended if it is due and there is no line to update."""
        if self.line is not None or not trainer.is_global_zero or time.monotonic() < self.due:
            return
        if metrics := describe_metrics(trainer, task):
            log.info("%s  %s", self.epoch, metrics)
            now = time.monotonic()
            self.due = now + max(LOG_SECONDS, LOG_SHARE * (now - self.start_time))

    def _write(self, text: str) -> None:
        assert self.line is not None
        self.due = time.monotonic() + UPDATE_SECONDS
        self.line.write(text)

    def _end_line(self) -> None:
        if self.line is not None:
            self.line.end()
        self.due = 0.0


def describe_metrics(trainer: pl.Trainer, task: Task) -> str:
    """Return the losses and the head's first metric, as far as they are known."""
    names, known = ("train/loss", "val/loss", task.primary[0]), trainer.callback_metrics
    return "  ".join(f"{name} {format_number(float(known[name]))}" for name in names if name in known)


def remaining_steps(trainer: pl.Trainer, task: Task) -> int | None:
    """Return the remaining optimizer steps, or None without a limit."""
    limits = []
    if trainer.max_epochs is not None and trainer.max_epochs >= 0:
        limits.append((trainer.max_epochs - trainer.current_epoch) * task.steps_in_epoch - task.steps_done)
    if trainer.max_steps >= 0:
        limits.append(trainer.max_steps - trainer.global_step)
    return min(limits, default=None)


def fraction(done: int, whole: int) -> float:
    """Return done / whole, clipped to [0, 1]."""
    return min(done / whole, 1.0) if whole else 0.0


def bar(done: float, width: int = BAR_WIDTHS[0]) -> str:
    """Return a progress bar for a fraction in [0, 1]."""
    return f"[{'=' * round(width * done):{width}}]"


def join(*parts: str) -> str:
    """Return the parts that are not empty, separated by two spaces."""
    return "  ".join(part for part in parts if part)


def format_time(seconds: float) -> str:
    """Return a duration as m:ss or h:mm:ss."""
    minutes, s = divmod(round(seconds), 60)
    h, m = divmod(minutes, 60)
    return f"{h}:{m:02}:{s:02}" if h else f"{m}:{s:02}"
