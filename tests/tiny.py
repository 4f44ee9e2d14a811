"""Runs that take a moment: a few weights on the 8x8 digits, 26 steps an epoch."""

import csv
from pathlib import Path
from typing import Any, ClassVar

import pytorch_lightning as pl
import torch
from nnzoo import api
from nnzoo.runs.checkpoint import read
from nnzoo.training.run import Result
from torch import Tensor

STEPS = 26
TINY = (
    "model=mlp",
    "model.hidden=[6]",
    "data=digits",
    "data.size=8",
    "loader.batch_size=50",
    "~callbacks.figures",
    "trainer.accelerator=cpu",
    "trainer.threads=1",
    "trainer.max_epochs=2",
)


def train(folder: Path, *overrides: str) -> Result:
    return api.train(*TINY, *overrides, output_dir=folder)


def only(folder: Path) -> Path:
    """Return the one run directory under a folder."""
    (found,) = folder.glob("*/*")
    return found


def checkpoint(directory: Path, which: str = "last") -> dict[str, Any]:
    return read(directory / "checkpoints" / f"{which}.ckpt")


def weights(directory: Path, which: str = "last") -> dict[str, Tensor]:
    return checkpoint(directory, which)["state_dict"]


def same(one: Any, other: Any) -> bool:
    """Tell whether nested data are equal to the last bit."""
    if isinstance(one, Tensor):
        return torch.equal(one, other) and one.dtype == other.dtype
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[k], other[k]) for k in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


def rows(directory: Path) -> list[dict[str, str]]:
    with (directory / "metrics.csv").open(newline="") as file:
        return list(csv.DictReader(file))


class Recorder(pl.Callback):
    """A user's callback: what it saw of the last run."""

    seen: ClassVar[list[tuple[str, int, int]]] = []
    trainer: pl.Trainer
    task: pl.LightningModule

    def on_fit_start(self, trainer: pl.Trainer, task: pl.LightningModule) -> None:
        Recorder.seen, Recorder.trainer, Recorder.task = [], trainer, task

    def on_train_batch_end(self, trainer: pl.Trainer, *_: Any) -> None:
        Recorder.seen.append(("slice", trainer.current_epoch, trainer.global_step))

    def on_train_epoch_end(self, trainer: pl.Trainer, *_: Any) -> None:
        Recorder.seen.append(("epoch", trainer.current_epoch, trainer.global_step))

    def on_validation_end(self, trainer: pl.Trainer, *_: Any) -> None:
        Recorder.seen.append(("validation", trainer.current_epoch, trainer.global_step))


RECORDED = ("+callbacks.recorder._target_=tiny.Recorder", "allow=[tiny]")
