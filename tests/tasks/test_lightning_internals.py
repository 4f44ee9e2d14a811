"""The attributes of Lightning's loops that we set: these tests fail if a version of Lightning changes them."""

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
import torch
from nnzoo.tasks.lightning_internals import count_steps, drop_loops, end_epoch, set_position

from tests.support.trainers import trainer


class Idle(pl.LightningModule):
    """Ten batches per epoch, each counted as many steps; the fourth is declared the last."""

    def __init__(self) -> None:
        super().__init__()
        self.automatic_optimization = False
        self.weight = torch.nn.Parameter(torch.zeros(()))
        self.seen: list[tuple[int, int]] = []
        self.validated = 0

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters(), lr=0.1)

    def training_step(self, batch: Any, batch_idx: int) -> None:
        count_steps(self.trainer, 7)
        self.seen.append((self.current_epoch, self.global_step))

    def on_train_batch_end(self, outputs: Any, batch: Any, batch_idx: int) -> None:
        if batch_idx == 3:
            end_epoch(self.trainer)

    def validation_step(self, batch: Any, batch_idx: int) -> None:
        self.validated += 1

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        drop_loops(checkpoint)

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        set_position(self.trainer, epoch=5, step=100)


class Batches:
    """An iterable without a length, like the batch cursor of a task."""

    def __init__(self, count: int) -> None:
        self.count = count

    def __iter__(self) -> Iterator[int]:
        return iter(range(self.count))


def test_steps_are_counted_and_a_checkpoint_says_where_to_go_on(tmp_path: Path) -> None:
    task, first = Idle(), trainer(tmp_path, max_steps=28)
    with_quiet(lambda: first.fit(task, Batches(10), Batches(2)))
    assert [step for _, step in task.seen] == [7, 14, 21, 28]
    assert task.validated == 2  # the epoch ended with its fourth batch
    first.save_checkpoint(tmp_path / "a.ckpt")
    assert "loops" not in torch.load(tmp_path / "a.ckpt", weights_only=True)

    again, second = Idle(), trainer(tmp_path, max_epochs=6)
    with_quiet(lambda: second.fit(again, Batches(2), ckpt_path=tmp_path / "a.ckpt"))
    assert again.seen == [(5, 107), (5, 114)]


def with_quiet(work: Any) -> None:
    """Suppress Lightning's warnings, which are errors in tests."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        work()
