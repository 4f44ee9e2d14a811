"""Tasks with few weights on random examples, and the events that callbacks write about them."""

from functools import partial
from pathlib import Path
from typing import Any

import torch
from nnzoo.data.loader import Loader
from nnzoo.losses.bce import BinaryCrossEntropy
from nnzoo.losses.multiclass.cross_entropy import CrossEntropy
from nnzoo.losses.regression.squared import Squared
from nnzoo.spec import DataSpec
from nnzoo.tasks.base import Task
from tensorboard.backend.event_processing.event_accumulator import (
    STORE_EVERYTHING_SIZE_GUIDANCE,
    EventAccumulator,
)

from tests.support.networks import Unmasked
from tests.support.tasks import make

LOSSES = {"classes": CrossEntropy, "multilabel": BinaryCrossEntropy, "real": Squared, "input": Squared}
PLANE = DataSpec(input="real", shape=(2,), target="classes", target_size=3, labels=("a", "b", "c"))
SYMBOLS = DataSpec(
    input="onehot",
    shape=(7,),
    target="multilabel",
    target_size=7,
    low=0,
    high=1,
    sequence=True,
    per_step=True,
    vocabulary=tuple("BEPSTVX"),
    labels=tuple("BEPSTVX"),
)
CONFIG = {
    "seed": 0,
    "model": {"_target_": "nnzoo.models.mlp.MLP", "hidden": [4, 3], "bias": True, "dropout": None},
    "optimizer": {"_target_": "torch.optim.SGD", "lr": 0.5},
    "scheduler": None,
    "trainer": {"max_epochs": 3, "gradient_clip_val": float("inf")},
    "callbacks": {"progress": {"_target_": "nnzoo.callbacks.progress.Progress"}},
    "name": None,
}


def make_task(spec: DataSpec, model: torch.nn.Module, config: dict[str, Any] = CONFIG) -> Task:
    loss, optimizer = LOSSES[spec.target](), partial(torch.optim.SGD, lr=0.5)
    return make(Task, Unmasked(model), loss, spec, optimizer=optimizer, config=config, steps_per_slice=4)


def loader(spec: DataSpec, n: int = 40) -> Loader:
    return Loader(spec.fake_batch(n, torch.Generator().manual_seed(0)), batch_size=5, per_step=spec.per_step)


def events(folder: Path) -> EventAccumulator:
    """Return all events of a run."""
    return EventAccumulator(str(folder), size_guidance=STORE_EVERYTHING_SIZE_GUIDANCE).Reload()
