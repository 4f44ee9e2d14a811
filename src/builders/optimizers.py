"""Builds learning-rate schedules, and makes and checks optimizers."""

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from ..config.from_python import object_name
from ..config.given import NOTHING, Given
from ..config.instantiate import construct
from ..config.values import period_errors
from ..errors import UserError, reason_of
from ..optim.rate_groups import split_by_rate
from ..tasks.components import Schedule


def build_schedule(config: dict[str, Any], given: Given = NOTHING) -> "Schedule | None":
    """Return the learning-rate schedule of a config. given: objects from Python."""
    if not config["scheduler"]:
        return None
    node = dict(config["scheduler"])
    interval, monitor = node.pop("interval", "epoch"), node.pop("monitor", None)
    if errors := list(period_errors(node)):  # a period may follow trainer.max_epochs, which trainer.max_steps unsets
        raise UserError("; ".join(errors))
    make: partial[Any] = given.build("scheduler", node, allow=config["allow"])
    return Schedule(make, interval, monitor)


_checked: set[tuple[Callable[..., Any], str]] = set()  # classes and settings that were found to be right


def make_optimizer(
    make: Callable[[Sequence[Tensor]], Optimizer], factors: Mapping[Tensor, float], parameters: Iterable[Tensor]
) -> Optimizer:
    """Return an optimizer of parameters. factors: of their learning rates. Raises UserError if it has others."""
    own = list(parameters)
    optimizer = make(own)
    if not {*own}.issuperset(weight for group in optimizer.param_groups for weight in group["params"]):
        raise UserError(
            f"optimizer {type(optimizer).__name__} has other weights than those that its function was given"
        )
    if factors:
        split_by_rate(optimizer, factors)
    return optimizer


def check_optimizer(optimizer: "partial[Any]", schedule: "Schedule | None") -> None:
    """Raise UserError for settings that the optimizer or the schedule refuses."""
    key = optimizer.func, repr((optimizer.keywords, schedule))
    if key in _checked:
        return
    weight = nn.Parameter(torch.ones(1))
    trial: object = construct(optimizer, [weight])
    if not isinstance(trial, Optimizer):
        raise UserError(
            f"optimizer '{object_name(optimizer)}' returns {trial!r}; it must return a torch.optim.Optimizer"
        )
    closure = inspect.signature(type(trial).step).parameters.get("closure")
    if closure is not None and closure.default is inspect.Parameter.empty:
        raise UserError(
            f"optimizer {type(trial).__name__} evaluates the loss several times per step, which is not supported; "
            "use adam, sgd or another with one gradient per step, or task=newton for logistic regression"
        )
    weight.grad = torch.ones(1)
    try:
        trial.step()
    except (RuntimeError, AssertionError) as error:
        raise UserError(f"optimizer {type(trial).__name__}: {reason_of(error)}") from error
    if schedule and not isinstance(found := construct(schedule.make, trial), LRScheduler):
        raise UserError(
            f"scheduler '{object_name(schedule.make)}' returns {found!r}; it must return a scheduler of torch.optim"
        )
    _checked.add(key)
