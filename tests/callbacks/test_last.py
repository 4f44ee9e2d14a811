import os
import signal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import pytorch_lightning as pl
import torch
from nnzoo.callbacks import last
from nnzoo.callbacks.last import LastCheckpoint
from nnzoo.errors import UserError
from nnzoo.runs.signals import Interrupted
from nnzoo.tasks.batch_cursor import BatchCursor
from nnzoo.training.trainers import quiet_lightning

from tests.support.trainers import trainer

from .small_tasks import PLANE, loader, make_task


def fit(folder: Path, callbacks: list[pl.Callback], *, max_epochs: int = 2) -> None:
    task = make_task(PLANE, torch.nn.Linear(2, 3))
    task.cursor = BatchCursor(loader(PLANE))
    with quiet_lightning():
        settings = {"max_epochs": max_epochs, "callbacks": callbacks, "enable_checkpointing": True}
        trainer(folder, **settings).fit(task, task.cursor, loader(PLANE))


@pytest.fixture
def saved(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The steps at which a checkpoint was written."""
    steps: list[int] = []
    whole = pl.Trainer.save_checkpoint

    def save(self: pl.Trainer, *args: object, **further: object) -> None:
        steps.append(self.global_step)
        whole(self, *args, **further)

    monkeypatch.setattr(pl.Trainer, "save_checkpoint", save)
    return steps


def test_saved_after_every_slice(tmp_path: Path, saved: list[int]) -> None:
    """Eight steps per epoch, four per slice: saved within epochs and at their ends, after validation."""
    fit(tmp_path, [LastCheckpoint(every_seconds=0)])
    assert saved == [4, 8, 12, 16, 16]


def test_saved_once_in_a_short_run(tmp_path: Path, saved: list[int]) -> None:
    fit(tmp_path, [LastCheckpoint(every_seconds=100)])
    assert saved == [16]
    assert os.listdir(tmp_path / "checkpoints") == ["last.ckpt"]


def test_saved_less_often_if_writing_is_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([100.0, 103.0])  # three seconds to write
    monkeypatch.setattr(last.time, "monotonic", lambda: next(clock))
    callback = LastCheckpoint(every_seconds=5)
    callback.path = Path("nowhere")
    strategy = SimpleNamespace(broadcast=lambda value: value)
    trainer = SimpleNamespace(save_checkpoint=lambda *_: None, strategy=strategy)
    callback.save(trainer)
    assert callback.next_save == 103 + 150


def test_saved_without_training(tmp_path: Path, saved: list[int]) -> None:
    fit(tmp_path, [LastCheckpoint()], max_epochs=0)
    assert saved == [0]
    assert (tmp_path / "checkpoints" / "last.ckpt").is_file()


class SendSignal(pl.Callback):
    """Sends SIGTERM in a hook."""

    def __init__(self, hook: str) -> None:
        setattr(self, hook, lambda *_: os.kill(os.getpid(), signal.SIGTERM))


@pytest.mark.parametrize("hook", ["on_train_batch_end", "on_validation_start", "on_train_epoch_end", "on_train_end"])
def test_signal_ends_the_run_with_a_checkpoint(tmp_path: Path, hook: str) -> None:
    handler = signal.getsignal(signal.SIGTERM)
    with pytest.raises(Interrupted, match="SIGTERM"):
        fit(tmp_path, [SendSignal(hook), LastCheckpoint(every_seconds=100)])
    assert (tmp_path / "checkpoints" / "last.ckpt").is_file()
    assert signal.getsignal(signal.SIGTERM) == handler


@pytest.mark.parametrize("every_seconds", [-0.5, float("nan")])
def test_negative_seconds_are_refused(every_seconds: float) -> None:
    with pytest.raises(UserError, match=rf"^every_seconds is {every_seconds}; it must be at least 0$"):
        LastCheckpoint(every_seconds=every_seconds)


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> SimpleNamespace:
    """A trainer without a run, the times at which it wrote a checkpoint, and a clock."""
    found = SimpleNamespace(now=100.0, saved=[], sent=[], seconds=0.0)
    monkeypatch.setattr(last.time, "monotonic", lambda: found.now)

    def save(path: Path) -> None:
        found.saved.append(found.now)
        found.now += found.seconds

    strategy = SimpleNamespace(broadcast=lambda value: found.sent.append(value) or value)
    found.trainer = SimpleNamespace(save_checkpoint=save, strategy=strategy, default_root_dir=tmp_path)
    return found


def test_time_between_checkpoints(watched: SimpleNamespace) -> None:
    callback: Any = LastCheckpoint()
    task: Any = SimpleNamespace(cursor=SimpleNamespace(finished=False))
    callback.on_fit_start(watched.trainer, task)
    callback.on_train_start(watched.trainer, task)
    for watched.now in (100.0, 104.9, 105.0, 109.9, 110.0):
        callback.on_train_batch_end(watched.trainer, task)
    assert watched.saved == [105, 110]
    task.cursor.finished = True
    for watched.now in (115.0, 116.0):
        callback.on_train_batch_end(watched.trainer, task)  # after validation instead
        callback.on_train_epoch_end(watched.trainer, task)
    assert watched.saved == [105, 110, 115]
    watched.now, watched.seconds = 120.0, 0.2
    callback.save(watched.trainer)
    assert callback.next_save == pytest.approx(120.2 + 10)  # writing takes 2 % of the time
    callback.on_exception(watched.trainer, task, KeyboardInterrupt())


def test_every_batch_however_long_writing_takes(watched: SimpleNamespace) -> None:
    callback: Any = LastCheckpoint(every_seconds=0)
    callback.path, watched.seconds = Path("nowhere"), 3.0
    for _ in range(3):
        callback.save_if_due(watched.trainer)
    assert watched.saved == [100, 103, 106]


def test_a_signal_is_answered_at_once(watched: SimpleNamespace) -> None:
    callback: Any = LastCheckpoint()
    task: Any = None
    handler = signal.getsignal(signal.SIGTERM)
    callback.on_fit_start(watched.trainer, task)
    for leave in (callback.on_train_end, lambda *given: callback.on_exception(*given, KeyboardInterrupt())):
        callback.on_train_start(watched.trainer, task)
        assert signal.getsignal(signal.SIGTERM) != handler
        leave(watched.trainer, task)
        assert signal.getsignal(signal.SIGTERM) == handler
    callback.signals.received = signal.SIGTERM
    with pytest.raises(Interrupted):
        callback.save_if_due(watched.trainer)
    assert len(watched.saved) == 2
    assert watched.sent[-2:] == [True, signal.SIGTERM]  # the first process decides


def test_weights_are_saved_once_if_nothing_is_trained(watched: SimpleNamespace, tmp_path: Path) -> None:
    callback: Any = LastCheckpoint()
    callback.on_fit_start(watched.trainer, None)
    callback.on_fit_end(watched.trainer, None)
    assert len(watched.saved) == 1
    callback.path.parent.mkdir(parents=True)
    callback.path.touch()
    callback.on_fit_end(watched.trainer, None)
    assert len(watched.saved) == 1
