"""Selection of best.ckpt."""

from pathlib import Path

import pytest
from nnzoo import api
from nnzoo.errors import UserError

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
