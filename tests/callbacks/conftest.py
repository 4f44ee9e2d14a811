"""Training of a small network by `Task` and Lightning's trainer."""

import warnings
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import pytorch_lightning as pl
from nnzoo.tasks.base import Task
from nnzoo.tasks.batch_cursor import BatchCursor
from pytorch_lightning.loggers import Logger, TensorBoardLogger

from tests.support.trainers import trainer

from .small_tasks import loader

Fit = Callable[..., pl.Trainer]


@pytest.fixture
def fit(tmp_path: Path) -> Fit:
    """Return a function that trains a task in `tmp_path` and returns the trainer."""

    def run(
        task: Task,
        callbacks: Sequence[pl.Callback],
        *,
        folder: Path = tmp_path,
        max_epochs: int = 3,
        validate: bool = True,
        test: bool = False,
        loggers: Sequence[Logger] = (),
        ckpt_path: Path | None = None,
    ) -> pl.Trainer:
        board = TensorBoardLogger(save_dir=folder, name="", version="", default_hp_metric=False)
        made = trainer(folder, max_epochs=max_epochs, callbacks=list(callbacks), logger=[board, *loggers])
        task.cursor = BatchCursor(loader(task.spec))
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module="pytorch_lightning|lightning_fabric")
            warnings.filterwarnings("ignore", message=".*LeafSpec.*")
            made.fit(task, task.cursor, loader(task.spec) if validate else None, ckpt_path=ckpt_path)
            if test:
                made.test(task, loader(task.spec), verbose=False)
        board.experiment.close()
        return made

    return run
