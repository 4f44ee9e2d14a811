"""What a task is put together from."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from ..losses.base import Loss
from ..rules.local import LocalRule
from ..spec import DataSpec
from .heads import Head
from .penalties import Penalty


class Schedule(NamedTuple):
    """A learning-rate schedule: how it is made of the optimizer, when it steps and what it watches."""

    make: Callable[[Optimizer], LRScheduler]
    interval: Literal["epoch", "step"] = "epoch"
    monitor: str | None = None


@dataclass(frozen=True)
class Components:
    """What every task is put together from.

    net: (x, mask) -> raw outputs; rule: a local one, which learns in place of the loss; head: what outputs mean, None
    for the usual meaning of the target; optimizer: from parameters; config: the resolved config as plain data, which
    goes into checkpoints, as does what `record` returns of the data; metrics: further ones of (prediction, target) by
    name; penalties: terms of the training loss by name; clip_value, clip_algorithm: of gradients, by "norm", by
    "value", or "temporal": by value, in recurrent cells the part of each step before they are summed; steps_per_slice:
    None = by time.
    """

    net: nn.Module
    loss: Loss
    optimizer: Callable[[Iterable[Tensor]], Optimizer]
    spec: DataSpec
    config: dict[str, Any]
    rule: LocalRule | None = None
    head: Head | None = None
    record: Callable[[], dict[str, Any]] | None = None
    schedule: Schedule | None = None
    metrics: dict[str, Any] = field(default_factory=dict)
    penalties: dict[str, Penalty] = field(default_factory=dict)
    clip_value: float | None = None
    clip_algorithm: Literal["norm", "value", "temporal"] = "norm"
    steps_per_slice: int | None = None
    compiled: bool = False
