import os
from pathlib import Path

from nnzoo.callbacks.tensorboard import TensorBoard

from .small_tasks import events


def test_metrics_are_logged_by_epoch(tmp_path: Path) -> None:
    logger = TensorBoard(save_dir=str(tmp_path))
    for epoch in range(3):
        logger.log_metrics({"train/loss": 1.0 / (epoch + 1), "val/acc": epoch / 2}, epoch)
    logger.save()
    found = events(tmp_path)  # written before the run ends
    assert [(e.step, e.value) for e in found.Scalars("curves/val/acc")] == [(0, 0.0), (1, 0.5), (2, 1.0)]
    assert [e.step for e in found.Scalars("curves/train/loss")] == [0, 1, 2]
    logger.finalize("success")
    assert all(name.startswith("events.") for name in os.listdir(tmp_path))


def test_resumed_run_has_neither_gaps_nor_duplicates(tmp_path: Path) -> None:
    first = TensorBoard(save_dir=str(tmp_path))
    for epoch in range(1, 6):
        first.log_metrics({"loss": 0.0}, epoch)
    first.finalize("failed")
    second = TensorBoard(save_dir=str(tmp_path), from_epoch=3)
    for epoch in range(4, 8):
        second.log_metrics({"loss": 1.0}, epoch)
    second.finalize("success")
    assert [(e.step, e.value) for e in events(tmp_path).Scalars("curves/loss")] == [
        *[(1, 0), (2, 0), (3, 0)],
        *[(4, 1), (5, 1), (6, 1), (7, 1)],
    ]
