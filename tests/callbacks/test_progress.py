import fcntl
import io
import os
import re
import struct
import sys
import termios
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from nnzoo.callbacks.progress import (
    Progress,
    bar,
    describe_metrics,
    format_time,
    fraction,
    join,
    remaining_steps,
)

from .conftest import Fit
from .small_tasks import PLANE, make_task


@pytest.fixture(autouse=True)
def terminal_type(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_one_line_with_one_line_break(fit: Fit, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setattr("nnzoo.callbacks.progress.UPDATE_SECONDS", 0.0)
    fit(make_task(PLANE, torch.nn.Linear(2, 3)), [Progress()], test=True)
    training, testing, rest = terminal.getvalue().split("\n")
    assert rest == ""
    lines = [line.removesuffix("\x1b[K") for line in training.split("\r")]
    assert lines.pop(0) == ""
    assert all(len(line) <= 79 for line in lines)
    assert lines[0].startswith("epoch 1/3  [==========          ]  ")  # 4 of 8 steps
    assert any("validating" in line for line in lines)
    assert any("eta 0:0" in line for line in lines[:-1])
    assert lines[-1].startswith("epoch 3/3  [==========]  train/loss ")
    assert "eta" not in lines[-1]
    assert "val/loss" in lines[-1]
    assert testing.endswith("testing  [====================]\x1b[K")


def test_at_most_ten_updates_per_second(fit: Fit, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    now = iter(0.03 * n for n in range(1, 10**6))
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setattr("nnzoo.callbacks.progress.time", SimpleNamespace(monotonic=lambda: next(now)))
    fit(make_task(PLANE, torch.nn.Linear(2, 3)), [Progress()], max_epochs=15)
    seconds = next(now)
    assert 0.3 * 10 * seconds < terminal.getvalue().count("\r") <= 10 * seconds


def test_nothing_without_a_terminal(fit: Fit, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setattr("nnzoo.callbacks.progress.UPDATE_SECONDS", 0.0)
    fit(make_task(PLANE, torch.nn.Linear(2, 3)), [Progress()], test=True)
    assert stream.getvalue() == ""


def test_without_a_terminal_some_epochs_are_logged(
    fit: Fit, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The first, the last and one every ten seconds, later fewer: 500 seconds after 10 000."""
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    caplog.set_level("INFO", "nnzoo.progress")
    callback = Progress()
    now = {"epoch": 0}
    seconds = [0, 4, 8, 12, 16, 20, 24, 28, 32, 36, 10_000, 10_400, 10_600]  # at the beginning of each epoch

    def monotonic() -> float:
        return 1000 + float(seconds[now["epoch"]])

    begin = callback.on_train_epoch_start

    def next_epoch(trainer: Any, task: Any) -> None:
        now["epoch"] = trainer.current_epoch
        begin(trainer, task)

    monkeypatch.setattr(callback, "on_train_epoch_start", next_epoch)
    monkeypatch.setattr("nnzoo.callbacks.progress.time", SimpleNamespace(monotonic=monotonic))
    fit(make_task(PLANE, torch.nn.Linear(2, 3)), [callback], max_epochs=13)
    lines = [record.getMessage() for record in caplog.records if record.name == "nnzoo.progress"]
    assert [line.partition("  ")[0] for line in lines] == [f"epoch {n}/13" for n in (1, 4, 7, 10, 12, 13)]
    assert all(re.fullmatch(r"epoch \d+/13  train/loss \S+  val/loss \S+  val/acc \S+", line) for line in lines)


class Closed(Terminal):
    def write(self, text: str) -> int:
        raise OSError(5, "Input/output error")


def closed() -> io.StringIO:
    stream = Terminal()
    stream.close()
    return stream


@pytest.mark.parametrize("make", [lambda: None, closed, Closed, object], ids=["none", "closed", "gone", "no stream"])
def test_standard_error_without_write(fit: Fit, monkeypatch: pytest.MonkeyPatch, make: Any) -> None:
    monkeypatch.setattr(sys, "stderr", make())
    monkeypatch.setattr("nnzoo.callbacks.progress.UPDATE_SECONDS", 0.0)
    fit(make_task(PLANE, torch.nn.Linear(2, 3)), [Progress()], max_epochs=1, test=True)


def test_dumb_terminal(fit: Fit, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setattr("nnzoo.callbacks.progress.UPDATE_SECONDS", 0.0)
    fit(make_task(PLANE, torch.nn.Linear(2, 3)), [Progress()], max_epochs=1)
    assert stream.getvalue() == ""


def test_line_is_cut_to_the_width_of_the_terminal(fit: Fit, monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 30, 0, 0))
    with os.fdopen(theirs, "w") as terminal:
        monkeypatch.setattr(sys, "stderr", terminal)
        fit(make_task(PLANE, torch.nn.Linear(2, 3)), [Progress()], max_epochs=1)
        written = ""
        while not written.endswith("\n"):  # a terminal passes text on in parts
            written += os.read(ours, 4096).decode()
    os.close(ours)
    lines = [line.removesuffix("\x1b[K") for line in written.removesuffix("\r\n").split("\r")]
    assert all(len(line) <= 29 for line in lines)
    assert lines[-1].startswith("epoch 1/1  train/loss ")
    assert len(lines[-1]) == 29


@pytest.mark.parametrize(
    ("width", "expected"),
    [
        (99, r"epoch 3/3  \[={20}\]  METRICS  \d+ steps/s"),
        (81, r"epoch 3/3  \[={20}\]  METRICS"),
        (69, r"epoch 3/3  \[={5,10}\]  METRICS"),
        (60, r"epoch 3/3  METRICS"),
    ],
)
def test_a_narrow_line_has_all_metrics(fit: Fit, monkeypatch: pytest.MonkeyPatch, width: int, expected: str) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setattr("nnzoo.callbacks.progress_line.TerminalLine.width", width)
    fit(make_task(PLANE, torch.nn.Linear(2, 3)), [Progress()])
    last = terminal.getvalue().removesuffix("\x1b[K\n").rpartition("\r")[2]
    assert re.fullmatch(expected.replace("METRICS", r"train/loss \S+  val/loss \S+  val/acc \S+"), last)


class Handle:
    def __init__(self, shown: list[str]) -> None:
        self.shown = shown

    def update(self, content: dict[str, str], *, raw: bool) -> None:
        self.shown.append(content["text/plain"])


def test_a_notebook_shows_one_line_for_training_and_one_for_the_test(fit: Fit, monkeypatch: pytest.MonkeyPatch) -> None:
    cells: list[list[str]] = []

    def display(content: dict[str, str], *, raw: bool, display_id: bool) -> Handle:
        cells.append([content["text/plain"]])
        return Handle(cells[-1])

    shell = SimpleNamespace(kernel=object())
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
    monkeypatch.setitem(sys.modules, "IPython.display", SimpleNamespace(display=display))
    monkeypatch.setattr("nnzoo.callbacks.progress.UPDATE_SECONDS", 0.0)
    fit(make_task(PLANE, torch.nn.Linear(2, 3)), [Progress()], test=True)
    training, testing = cells
    assert training[-1].startswith("epoch 3/3  [====================]  train/loss ")
    assert testing[-1] == "testing  [====================]"


def test_line_ends_before_an_error(fit: Fit, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    task = make_task(PLANE, torch.nn.Linear(2, 3))
    monkeypatch.setattr(task, "on_validation_epoch_end", lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        fit(task, [Progress()])
    assert terminal.getvalue().count("\n") == 1
    assert terminal.getvalue().endswith("\n")


@pytest.mark.parametrize(
    ("max_epochs", "max_steps", "left"), [(3, -1, 17), (-1, -1, None), (-1, 20, 9), (3, 20, 9), (3, 1000, 17)]
)
def test_remaining_steps(max_epochs: int, max_steps: int, left: int | None) -> None:
    trainer = SimpleNamespace(max_epochs=max_epochs, max_steps=max_steps, current_epoch=1, global_step=11)
    task = SimpleNamespace(steps_in_epoch=10, steps_done=3)
    assert remaining_steps(trainer, task) == left  # type: ignore[arg-type]


def test_bar_and_format_time() -> None:
    assert (bar(0), bar(0.5), bar(1)) == (f"[{' ' * 20}]", f"[{'=' * 10}{' ' * 10}]", f"[{'=' * 20}]")
    assert (format_time(12.4), format_time(59.9), format_time(3725)) == ("0:12", "1:00", "1:02:05")


class Recorded:
    """A line that keeps its texts."""

    width = 200

    def __init__(self) -> None:
        self.texts: list[str] = []

    def write(self, text: str) -> None:
        self.texts.append(text)

    def end(self) -> None:
        self.texts.append("end")


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A callback with a line, a trainer and a task at step 11, and a clock."""
    found = SimpleNamespace(callback=Progress(), line=Recorded(), now=100.0)
    monkeypatch.setattr("nnzoo.callbacks.progress.time", SimpleNamespace(monotonic=lambda: found.now))
    monkeypatch.setattr("nnzoo.callbacks.progress.progress_line", lambda: found.line)
    found.trainer = SimpleNamespace(
        is_global_zero=True, max_epochs=3, max_steps=-1, current_epoch=0, global_step=5, sanity_checking=False,
        num_val_batches=[3, 1], num_test_batches=[2, 2], callback_metrics={"train/loss": torch.tensor(0.5)},
    )  # fmt: skip
    found.task = SimpleNamespace(steps_done=5, steps_in_epoch=10, primary=("val/acc", "max"))
    found.callback.setup(found.trainer, found.task, "fit")
    found.callback.on_train_start(found.trainer, found.task)
    return found


def batch_end(watched: SimpleNamespace) -> str:
    watched.callback.on_train_batch_end(watched.trainer, watched.task, None, None, 0)
    return str(watched.line.texts[-1])


def test_speed_and_remaining_time_of_a_resumed_run(watched: SimpleNamespace) -> None:
    """The steps before the run was resumed do not count."""
    half = "epoch 1  [==========          ]"
    assert batch_end(watched) == f"{half}  0 steps/s"
    watched.now, watched.trainer.global_step, watched.task.steps_done = 102.0, 11, 1
    watched.callback.on_train_epoch_start(watched.trainer, watched.task)
    assert batch_end(watched) == "epoch 1/3  [==                  ]  train/loss 0.5  3 steps/s  eta 0:10"  # 29 steps
    watched.now, watched.trainer.max_epochs = 104.0, -1
    watched.callback.on_train_epoch_start(watched.trainer, watched.task)
    assert batch_end(watched) == "epoch 1  [==                  ]  train/loss 0.5  2 steps/s"
    watched.now, watched.trainer.max_epochs, watched.task.steps_done = 105.0, 1, 10
    watched.callback.on_train_epoch_start(watched.trainer, watched.task)
    assert batch_end(watched) == "epoch 1/1  [====================]  train/loss 0.5  1 steps/s"  # no step is left
    assert len(watched.line.texts) == 4


def test_updates_are_due_after_a_tenth_of_a_second(watched: SimpleNamespace) -> None:
    for watched.now, number in ((100.0, 1), (100.09, 1), (100.125, 2)):
        batch_end(watched)
        assert len(watched.line.texts) == number
    watched.callback.on_exception(watched.trainer, watched.task, KeyboardInterrupt())
    batch_end(watched)  # a new line is due at once
    assert watched.line.texts[2] == "end"
    assert len(watched.line.texts) == 4
    watched.callback.due = watched.now
    batch_end(watched)
    assert len(watched.line.texts) == 5


def test_progress_of_validations_and_tests(watched: SimpleNamespace) -> None:
    callback, trainer, task = watched.callback, watched.trainer, watched.task
    callback.on_validation_end(trainer, task)
    callback.due = watched.now
    callback.on_validation_batch_end(trainer, task, None, None, 0)
    callback.on_test_batch_end(trainer, task, None, None, 0)  # not yet due
    callback.due = watched.now
    callback.on_test_batch_end(trainer, task, None, None, 2)
    callback.on_test_end(trainer, task)
    callback.on_train_end(trainer, task)
    validating = "epoch 1  [=====               ]  validating  train/loss 0.5"
    assert watched.line.texts[:3] == [validating, "testing  [===============     ]", "end"]
    assert watched.line.texts[3:] == ["epoch 1  [==========          ]  train/loss 0.5  0 steps/s", "end"]
    trainer.sanity_checking = True
    trainer.callback_metrics["train/loss"] = torch.tensor(0.25)
    callback.on_validation_batch_end(trainer, task, None, None, 0)
    callback.on_validation_end(trainer, task)
    assert len(watched.line.texts) == 5
    assert callback.metrics == "train/loss 0.5"


def test_other_processes_write_nothing(watched: SimpleNamespace, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "nnzoo.progress")
    watched.trainer.is_global_zero = False
    watched.callback.setup(watched.trainer, watched.task, "fit")
    watched.callback.on_train_epoch_start(watched.trainer, watched.task)
    watched.callback.on_train_batch_end(watched.trainer, watched.task, None, None, 0)
    watched.callback.on_validation_end(watched.trainer, watched.task)
    watched.callback.on_train_end(watched.trainer, watched.task)
    assert watched.callback.metrics == ""
    assert watched.line.texts == []
    assert caplog.records == []


def test_metrics_that_are_known(watched: SimpleNamespace) -> None:
    known = {"val/acc": torch.tensor(0.75), "other": torch.tensor(1.0), "train/loss": torch.tensor(2.0)}
    watched.trainer.callback_metrics = known
    assert describe_metrics(watched.trainer, watched.task) == "train/loss 2  val/acc 0.75"


def test_fractions_and_texts() -> None:
    assert (fraction(0, 0), fraction(3, 0), fraction(1, 4), fraction(5, 4)) == (0, 0, 0.25, 1)
    assert join("a", "", "b c", "") == "a  b c"
    assert bar(0.5, 5) == "[==   ]"
    assert (format_time(59.4), format_time(3599), format_time(3600), format_time(36061)) == (
        "0:59",
        "59:59",
        "1:00:00",
        "10:01:01",
    )


def test_times_at_which_epochs_are_logged(watched: SimpleNamespace, caplog: pytest.LogCaptureFixture) -> None:
    """After ten seconds, and in a long run after a twentieth of its time."""
    caplog.set_level("INFO", "nnzoo.progress")
    callback = watched.callback
    callback.line = None
    for watched.now in (100.0, 109.9, 110.0, 1100.0, 1149.9, 1150.0):
        callback.epoch = f"epoch at {watched.now}"
        callback.on_train_epoch_start(watched.trainer, watched.task)
        callback.epoch = f"epoch at {watched.now}"
    watched.trainer.callback_metrics = {}
    callback.on_train_end(watched.trainer, watched.task)  # nothing is known of the last epoch
    logged = [record.getMessage() for record in caplog.records]
    assert logged == [f"epoch at {time}  train/loss 0.5" for time in (100.0, 110.0, 1100.0, 1150.0)]
    watched.trainer.callback_metrics = {"train/loss": torch.tensor(2.0)}
    callback.on_train_end(watched.trainer, watched.task)  # at once
    assert caplog.records[-1].getMessage() == "epoch at 1150.0  train/loss 2"
