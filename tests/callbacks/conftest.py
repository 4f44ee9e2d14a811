"""A small real run to watch: a few weights, trained by the ordinary task and Lightning's trainer."""

import warnings
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import pytorch_lightning as pl
import torch
from nnzoo.data.loader import Loader
from nnzoo.losses.bce import BinaryCrossEntropy
from nnzoo.losses.multiclass.cross_entropy import CrossEntropy
from nnzoo.losses.regression.squared import Squared
from nnzoo.spec import DataSpec
from nnzoo.tasks.base import Task
from nnzoo.tasks.components import Components
from nnzoo.tasks.stream import Stream
from pytorch_lightning.loggers import Logger, TensorBoardLogger
from tensorboard.backend.event_processing.event_accumulator import (
    STORE_EVERYTHING_SIZE_GUIDANCE,
    EventAccumulator,
)

LOSSES = {"classes": CrossEntropy, "multilabel": BinaryCrossEntropy, "real": Squared, "input": Squared}
PLANE = DataSpec(input="real", shape=(2,), target="classes", target_size=3, labels=("a", "b", "c"))
CONFIG = {
    "seed": 0,
    "model": {"_target_": "nnzoo.models.mlp.MLP", "hidden": [4, 3], "bias": True, "dropout": None},
    "optimizer": {"_target_": "torch.optim.SGD", "lr": 0.5},
    "scheduler": None,
    "trainer": {"max_epochs": 3, "gradient_clip_val": float("inf")},
    "callbacks": {"progress": {"_target_": "nnzoo.callbacks.progress.Progress"}},
    "name": None,
}


class Net(torch.nn.Module):
    """A network with the adapters' call: (x, mask) -> raw outputs."""

    def __init__(self, model: torch.nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, x: torch.Tensor, mask: torch.Tensor | None = None) -> torch.Tensor:
        return self.model(x)


def make_task(spec: DataSpec, model: torch.nn.Module, config: dict[str, Any] = CONFIG) -> Task:
    loss = LOSSES[spec.target]
    optimizer = partial(torch.optim.SGD, lr=0.5)
    net = Net(model)
    components = Components(net=net, loss=loss(), optimizer=optimizer, spec=spec, config=config, steps_per_slice=4)
    return Task(components=components)


def loader(spec: DataSpec, n: int = 40) -> Loader:
    return Loader(spec.fake_batch(n, torch.Generator().manual_seed(0)), batch_size=5, per_step=spec.per_step)


Fit = Callable[..., pl.Trainer]


@pytest.fixture
def fit(tmp_path: Path) -> Fit:
    """Return a function that trains in `tmp_path` and returns the trainer."""

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
        trainer = pl.Trainer(
            default_root_dir=folder,
            max_epochs=max_epochs,
            accelerator="cpu",
            callbacks=list(callbacks),
            logger=[board, *loggers],
            num_sanity_val_steps=0,
            enable_progress_bar=False,
            enable_model_summary=False,
            enable_checkpointing=False,
        )
        task.stream = Stream(loader(task.spec))
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module="pytorch_lightning|lightning_fabric")
            warnings.filterwarnings("ignore", message=".*LeafSpec.*")
            trainer.fit(task, task.stream, loader(task.spec) if validate else None, ckpt_path=ckpt_path)
            if test:
                trainer.test(task, loader(task.spec), verbose=False)
        board.experiment.close()
        return trainer

    return run


def events(folder: Path) -> EventAccumulator:
    """Return all that the event files of a run hold."""
    return EventAccumulator(str(folder), size_guidance=STORE_EVERYTHING_SIZE_GUIDANCE).Reload()
