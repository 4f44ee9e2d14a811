import os
import signal
from pathlib import Path
from types import SimpleNamespace

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
