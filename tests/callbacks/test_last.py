import os
import signal
from pathlib import Path

import pytest
import pytorch_lightning as pl
import torch
from nnzoo.callbacks import last
from nnzoo.callbacks.last import LastCheckpoint
from nnzoo.runs.signals import Interrupted
from nnzoo.tasks.batch_cursor import BatchCursor
from nnzoo.training.trainers import quiet

from tests.support.trainers import trainer

from .watched import PLANE, loader, make_task


def fit(folder: Path, callbacks: list[pl.Callback], *, max_epochs: int = 2) -> None:
    task = make_task(PLANE, torch.nn.Linear(2, 3))
    task.cursor = BatchCursor(loader(PLANE))
    with quiet():
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


def test_as_often_as_possible(tmp_path: Path, saved: list[int]) -> None:
    """Eight steps an epoch, four a slice: within epochs and at their ends, after validation."""
    fit(tmp_path, [LastCheckpoint(every_seconds=0)])
    assert saved == [4, 8, 12, 16, 16]


def test_only_at_the_end_of_a_short_run(tmp_path: Path, saved: list[int]) -> None:
    fit(tmp_path, [LastCheckpoint(every_seconds=100)])
    assert saved == [16]
    assert os.listdir(tmp_path / "checkpoints") == ["last.ckpt"]


def test_rarer_where_it_takes_long(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([100.0, 103.0])  # three seconds to write
    monkeypatch.setattr(last.time, "monotonic", lambda: next(clock))
    callback = LastCheckpoint(every_seconds=5)
    callback.path = Path("nowhere")
    trainer = type("Trainer", (), {"save_checkpoint": lambda *_: None})()
    callback.save(trainer)
    assert callback.due == 103 + 150


def test_given_weights_are_saved(tmp_path: Path, saved: list[int]) -> None:
    fit(tmp_path, [LastCheckpoint()], max_epochs=0)
    assert saved == [0]
    assert (tmp_path / "checkpoints" / "last.ckpt").is_file()


class Late(pl.Callback):
    """Sends a signal at a hook."""

    def __init__(self, hook: str) -> None:
        setattr(self, hook, lambda *_: os.kill(os.getpid(), signal.SIGTERM))


@pytest.mark.parametrize("hook", ["on_train_batch_end", "on_validation_start", "on_train_epoch_end", "on_train_end"])
def test_signal_ends_the_run_with_a_checkpoint(tmp_path: Path, hook: str) -> None:
    handler = signal.getsignal(signal.SIGTERM)
    with pytest.raises(Interrupted, match="SIGTERM"):
        fit(tmp_path, [Late(hook), LastCheckpoint(every_seconds=100)])
    assert (tmp_path / "checkpoints" / "last.ckpt").is_file()
    assert signal.getsignal(signal.SIGTERM) == handler
