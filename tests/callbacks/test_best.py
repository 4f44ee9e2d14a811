"""Selection of best.ckpt."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from nnzoo import api
from nnzoo.callbacks.best import ModelCheckpoint
from nnzoo.errors import UserError
from pytorch_lightning import callbacks

from tests.support.runs import checkpoint, rows, train

from .scripted import scripted

GAP = ("model=linear", "data=sines", "loader.batch_size=200", "~callbacks.figures", "trainer.threads=1")


def test_ties_are_broken_by_the_loss(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also in a resumed run. If metric and loss are equal, the first epoch is kept."""
    scripted(monkeypatch, [(0.5, 1.0), (0.7, 0.9), (0.7, 0.5), (0.7, 0.7), (0.7, 0.5), (0.6, 0.1), (0.7, 0.4)])
    directory = train(tmp_path, "trainer.max_epochs=2").directory
    best = [checkpoint(directory, "best")["epoch"]]
    for epochs in (3, 6, 7):
        api.resume(directory, f"trainer.max_epochs={epochs}")
        best.append(checkpoint(directory, "best")["epoch"])
    assert best == [1, 2, 2, 6]


def test_torchmetrics_says_whether_higher_is_better(tmp_path: Path) -> None:
    settings = ("+metrics.gap._target_=torchmetrics.MeanSquaredError", "callbacks.best.monitor=val/gap")
    directory = api.train(*GAP, *settings, "trainer.max_epochs=3", output_dir=tmp_path).directory
    gaps = [float(row["val/gap"]) for row in rows(directory)]
    assert gaps[0] > gaps[1] > gaps[2]
    best = checkpoint(directory, "best")
    assert best["epoch"] == 2
    assert best["callbacks"]["HParams"]["best"]["val/gap"] == pytest.approx(gaps[2])


def test_mode_is_required_for_a_metric_without_direction(tmp_path: Path) -> None:
    settings = ("+metrics.mean._target_=torchmetrics.MeanMetric", "callbacks.best.monitor=val/mean")
    message = "metric 'mean' does not say whether higher is better; set callbacks.best.mode to min or max"
    with pytest.raises(UserError, match=message):
        train(tmp_path, *settings)
    with pytest.raises(UserError, match=r"metrics.acc: the task already has a metric acc"):
        train(tmp_path, "+metrics.acc._target_=torchmetrics.MeanMetric")
    assert list(tmp_path.iterdir()) == []
    train(tmp_path, *settings, "callbacks.best.mode=max", "trainer.max_epochs=1")


def test_training_metrics_are_compared_after_every_epoch(tmp_path: Path) -> None:
    """Also if validation runs every third epoch; score and weights are of the same epoch."""
    settings = ("callbacks.best.monitor=train/loss", "trainer.check_val_every_n_epoch=3", "trainer.max_epochs=4")
    directory = train(tmp_path, *settings).directory
    losses = [float(row["train/loss"]) for row in rows(directory)]
    best = checkpoint(directory, "best")
    (state,) = (state for name, state in best["callbacks"].items() if "ModelCheckpoint" in name)
    assert best["epoch"] == 3 == losses.index(min(losses))
    assert float(state["best_model_score"]) == losses[3]


def test_each_validation_is_compared_once(tmp_path: Path) -> None:
    """A run that ends within an epoch does not compare the previous validation again."""
    settings = ("trainer.max_steps=30", "callbacks.best.save_top_k=-1", "callbacks.best.filename='at-{step}'")
    directory = train(tmp_path, *settings).directory
    assert sorted(path.name for path in (directory / "checkpoints").iterdir()) == ["at-26.ckpt", "last.ckpt"]


def validated(acc: float, loss: float) -> Any:
    """Return a trainer after a validation."""
    strategy = SimpleNamespace(reduce_boolean_decision=bool)
    metrics = {"val/acc": torch.tensor(acc), "val/loss": torch.tensor(loss), "train/loss": torch.tensor(9.0)}
    return SimpleNamespace(callback_metrics=metrics, strategy=strategy, current_epoch=4, global_step=7)


@pytest.mark.parametrize(("top", "ties"), [(1, [True, False, False]), (2, [False] * 3)])
def test_only_a_smaller_loss_breaks_a_tie_for_a_single_file(top: int, ties: list[bool]) -> None:
    best = ModelCheckpoint(monitor="val/acc", mode="max", save_top_k=top)
    for k in range(top):
        trainer = validated(0.5, 1.0)
        assert best.check_monitor_top_k(trainer, trainer.callback_metrics["val/acc"])
        best.best_k_models[str(k)] = best.best_model_score = best.kth_value = torch.tensor(0.5)
        best.kth_best_model_path = str(k)
    given = [(0.5, 0.5), (0.5, 0.5), (0.4, 0.1)]  # better, the same, and another value of the metric
    assert [best.check_monitor_top_k(validated(*each), torch.tensor(each[0])) for each in given] == ties
    assert best.state_dict()["loss"] == (0.5 if top == 1 else 1.0)
    again = ModelCheckpoint(monitor="val/acc", mode="max")
    again.load_state_dict(best.state_dict())
    assert again.loss == best.loss
    assert again.best_model_score == best.best_model_score


def test_names_of_files_have_the_metrics_the_epoch_and_the_step() -> None:
    trainer = validated(0.5, 1.0)
    expected = {**trainer.callback_metrics, "epoch": 4, "step": 7}
    assert ModelCheckpoint()._monitor_candidates(trainer) == expected


def test_states_of_lightning_and_damaged_states() -> None:
    best, theirs = ModelCheckpoint(), callbacks.ModelCheckpoint()
    best.load_state_dict(theirs.state_dict())
    assert best.loss is None
    with pytest.raises(UserError, match="the checkpoint is damaged: the loss of ModelCheckpoint is not a number"):
        best.load_state_dict(theirs.state_dict() | {"loss": "0.5"})
