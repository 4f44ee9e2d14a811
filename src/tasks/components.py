"""The components of a task."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from ..errors import UserError, reason_of
from ..losses.base import Loss
from ..rules.local import LocalRule
from ..spec import DataSpec
from .heads import Head
from .penalties import Penalty


class Schedule(NamedTuple):
    """A learning-rate schedule: its factory, the interval of its steps, and the metric that it monitors."""

    make: Callable[[Optimizer], LRScheduler]
    interval: Literal["epoch", "step"] = "epoch"
    monitor: str | None = None


def advance(schedule: LRScheduler, *values: float) -> None:
    """Take a step of a schedule. values: the metric of a plateau schedule. Raises UserError if the schedule fails."""
    try:
        schedule.step(*values)  # type: ignore[arg-type]
    except ValueError as error:
        raise UserError(f"scheduler {type(schedule).__name__} fails: {reason_of(error)}") from error


@dataclass(frozen=True)
class Components:
    """The components of a task.

    net: (x, mask) -> raw outputs; rule: a local rule that replaces the gradient of the loss; head: the meaning of the
    outputs, None for the default head of the target; optimizer: a function from parameters to an optimizer; config: the
    resolved config as plain data, stored in checkpoints together with the data that `record` returns; metrics:
    additional metrics of (prediction, target) by name; penalties: terms of the training loss by name; clip_value: bound
    for gradients; clip_algorithm: "norm", "value", or "temporal" for clipping by value in which recurrent cells clip
    the contribution of each step; steps_per_slice: optimizer steps in one Lightning batch, None to limit the time;
    compiled: torch.compile the step; captured: replay it as a CUDA graph; engine: what computes gradients, see
    `Task.direct`.
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
    captured: bool = False
    engine: Literal["auto", "autograd", "direct"] = "auto"
