"""Tasks for given networks, and batches of random examples for them."""

from dataclasses import fields
from functools import partial
from typing import Any, TypeVar

import torch
from nnzoo.data.loader import Loader
from nnzoo.losses.base import Loss
from nnzoo.spec import DataSpec
from nnzoo.tasks.base import Task
from nnzoo.tasks.components import Components
from torch import nn

SGD = partial(torch.optim.SGD, lr=0.1, momentum=0.9)
T = TypeVar("T", bound=Task)


def make(kind: type[T], net: nn.Module, loss: Loss, spec: DataSpec, **further: Any) -> T:
    """Return the task; of further settings those that are no part of every task are its own."""
    own = {name: further.pop(name) for name in set(further) - {field.name for field in fields(Components)}}
    settings: dict[str, Any] = {"config": {"seed": 0}, "optimizer": SGD, **further}
    return kind(components=Components(net=net, loss=loss, spec=spec, **settings), **own)


def loaders(spec: DataSpec) -> tuple[Loader, Loader]:
    """Return shuffled training batches, the last one smaller, and validation batches."""
    train, val = (spec.fake_batch(n, torch.Generator().manual_seed(n)) for n in (33, 20))
    every = spec.per_step
    return (
        Loader(train, batch_size=8, shuffle=True, seed=1, per_step=every),
        Loader(val, batch_size=8, per_step=every),
    )
