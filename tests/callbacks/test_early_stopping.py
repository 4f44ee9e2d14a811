"""When a run stops early, its message, and when a resumed run continues."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import pytorch_lightning as pl
import torch
from nnzoo import api
from nnzoo.callbacks.early_stopping import EarlyStopping, early_stop_message
from nnzoo.cli.outcome import summary
from nnzoo.errors import UserError
from nnzoo.training.result import Result
from pytorch_lightning.callbacks.early_stopping import EarlyStoppingReason as Reason

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


def stopper(**settings: Any) -> EarlyStopping:
    return EarlyStopping(**{"monitor": "val/loss", "patience": 2, **settings})


@pytest.mark.parametrize(
    ("monitor", "why", "text"),
    [
        ("val/loss", Reason.PATIENCE_EXHAUSTED, "val/loss did not improve in 3 validations; best 0.25"),
        ("train/loss", Reason.PATIENCE_EXHAUSTED, "train/loss did not improve in 3 epochs; best 0.25"),
        ("val/loss", Reason.STOPPING_THRESHOLD, "val/loss passed stopping_threshold=0.5"),
        ("val/loss", Reason.DIVERGENCE_THRESHOLD, "val/loss passed divergence_threshold=9"),
        ("val/loss", Reason.NON_FINITE_METRIC, "val/loss is not finite"),
    ],
)
def test_reasons(monitor: str, why: Reason, text: str) -> None:
    callback = stopper(monitor=monitor, stopping_threshold=0.5, divergence_threshold=9)
    assert not callback.stopped
    callback.wait_count, callback.best_score, callback.stopping_reason = 3, torch.tensor(0.25), why
    assert callback.stopped
    assert callback.reason == text


@pytest.mark.parametrize(
    ("why", "patience", "threshold", "stops"),
    [
        (Reason.PATIENCE_EXHAUSTED, 2, 0.5, True),
        (Reason.PATIENCE_EXHAUSTED, 1, 0.5, True),
        (Reason.PATIENCE_EXHAUSTED, 3, 0.5, False),
        (Reason.STOPPING_THRESHOLD, 3, 0.5, True),
        (Reason.STOPPING_THRESHOLD, 2, 0.25, False),
        (Reason.NON_FINITE_METRIC, 9, 0.25, True),
    ],
)
def test_current_settings_say_whether_a_resumed_run_goes_on(
    why: Reason, patience: int, threshold: float, stops: bool
) -> None:
    before = stopper(stopping_threshold=0.5)
    before.wait_count = 2
    callback = stopper(patience=patience, stopping_threshold=threshold)
    callback.load_state_dict(before.state_dict())
    assert (callback.patience, callback.wait_count, callback.stopping_threshold) == (patience, 2, threshold)
    callback.stopping_reason = why
    other = stopper()
    trainer: Any = SimpleNamespace(should_stop=True, early_stopping_callbacks=[pl.Callback(), callback, other])
    callback.on_fit_start(trainer, None)  # type: ignore[arg-type]
    assert (callback.stopped, trainer.should_stop) == (stops, stops)
    if not stops:
        callback.stopping_reason, trainer.should_stop = why, True
        other.stopping_reason = Reason.PATIENCE_EXHAUSTED
        callback.on_fit_start(trainer, None)  # type: ignore[arg-type]
        assert trainer.should_stop  # because of the other callback
        assert not callback.stopped


def test_checkpoints_without_a_threshold_keep_that_of_the_config() -> None:
    state = {name: value for name, value in stopper().state_dict().items() if name != "stopping_threshold"}
    callback = stopper(stopping_threshold=0.5)
    callback.load_state_dict(state)
    assert callback.saved_threshold == 0.5


def test_message_has_all_reasons() -> None:
    callbacks = [stopper(stopping_threshold=0.5), stopper(), stopper(monitor="train/loss")]
    trainer: Any = SimpleNamespace(
        should_stop=False, current_epoch=4, global_step=80, early_stopping_callbacks=callbacks
    )
    assert early_stop_message(trainer, steps_before=0) == ""
    trainer.should_stop = True
    assert early_stop_message(trainer, steps_before=0) == "stopped early after 4 epochs: a callback requested it"
    callbacks[0].stopping_reason, callbacks[2].stopping_reason = Reason.STOPPING_THRESHOLD, Reason.NON_FINITE_METRIC
    both = "stopped early after 4 epochs: val/loss passed stopping_threshold=0.5, and train/loss is not finite"
    assert early_stop_message(trainer, steps_before=79) == both
    assert early_stop_message(trainer, steps_before=80).startswith(f"{both}; nothing was trained; ")
