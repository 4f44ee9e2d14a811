"""When a run stops early, its message, and when a resumed run continues."""

import json
from pathlib import Path

import numpy as np
import pytest
import pytorch_lightning as pl
from nnzoo import api
from nnzoo.cli.outcome import summary
from nnzoo.errors import UserError
from nnzoo.training.result import Result

from tests.support.runs import TINY, checkpoint, rows, train

from .scripted import scripted

STOP = ("callbacks=early_stopping", "callbacks.early_stopping.patience=2", "trainer.max_epochs=9")
SCRIPT = [(0.5, 1.0), (0.7, 0.9), (0.6, 1.0), (0.7, 0.8), *[(0.8, 1.0)] * 9]


def message(result: Result) -> str:
    """Return the message of a run, which is also in status.json and the summary."""
    assert result.status == "done"
    assert json.loads((result.directory / "status.json").read_text())["message"] == result.message
    assert summary(result).splitlines()[0] == f"done: {result.message}"
    return result.message


def test_stop_has_a_reason_and_more_patience_continues(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scripted(monkeypatch, SCRIPT)
    result = train(tmp_path / "half", *STOP)
    stopped = "stopped early after 4 epochs: val/acc did not improve in 2 validations; best 0.7"
    assert message(result) == stopped
    again = api.resume(result.directory)
    assert (
        message(again) == f"{stopped}; nothing was trained; increase patience or change stopping_threshold to continue"
    )
    assert len(rows(result.directory)) == 4
    further = api.resume(result.directory, "callbacks.early_stopping.patience=3")
    assert message(further) == "stopped early after 8 epochs: val/acc did not improve in 3 validations; best 0.8"
    scripted(monkeypatch, SCRIPT)
    whole = train(tmp_path / "whole", *STOP, "callbacks.early_stopping.patience=3")
    assert message(whole) == further.message
    assert rows(whole.directory) == rows(result.directory)


def test_no_message_after_all_epochs(tmp_path: Path) -> None:
    result = train(tmp_path, *STOP, "callbacks.early_stopping.patience=30", "trainer.max_epochs=2")
    assert result.message == ""
    assert json.loads((result.directory / "status.json").read_text())["message"] == ""


def test_another_threshold_continues(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scripted(monkeypatch, SCRIPT)
    threshold = "callbacks.early_stopping.stopping_threshold"
    settings = ("callbacks=early_stopping", "trainer.max_epochs=9")
    result = train(tmp_path, *settings, f"{threshold}=0.65")
    assert message(result) == "stopped early after 2 epochs: val/acc passed stopping_threshold=0.65"
    assert "nothing was trained" in api.resume(result.directory).message
    further = api.resume(result.directory, f"{threshold}=0.75")
    assert message(further) == "stopped early after 5 epochs: val/acc passed stopping_threshold=0.75"


def test_training_metrics_need_no_validation(tmp_path: Path) -> None:
    """They are checked every epoch, even if validation is less frequent."""
    settings = (*STOP, "callbacks.early_stopping.monitor=train/acc", "optimizer.lr=1e-9")
    for further in (("data.val=0",), ("trainer.check_val_every_n_epoch=3",)):
        text = train(tmp_path, *settings, *further, "callbacks.early_stopping.min_delta=0.5").message
        assert text.startswith("stopped early after 3 epochs: train/acc did not improve in 2 epochs; best ")


def test_without_validation_it_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"callbacks.early_stopping monitors the validation set, but there is none; "):
        train(tmp_path, *STOP, "data.val=0")
    assert list(tmp_path.iterdir()) == []


def test_resume_after_max_steps_counts_each_validation_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The run ends within an epoch and is resumed there."""
    scripted(monkeypatch, SCRIPT)
    half = train(tmp_path, *STOP, "trainer.max_steps=80").directory
    assert message(api.resume(half, "trainer.max_steps=-1")).startswith("stopped early after 4 epochs")


class Stop(pl.Callback):
    """Stops a run as code with NumPy does."""

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Stop with a truth value of NumPy."""
        trainer.should_stop = np.bool_(True)  # type: ignore[assignment]


def test_a_callback_that_stops_with_a_number_of_numpy(tmp_path: Path) -> None:
    result = api.train(*TINY, "trainer.max_epochs=3", callbacks=[Stop()], output_dir=tmp_path)
    assert result.status == "done"
    assert checkpoint(result.directory)["epoch"] == 1
