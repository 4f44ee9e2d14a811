"""Builds learning-rate schedules, and checks optimizers."""

import inspect
from functools import partial
from typing import Any

import torch
from torch import nn
from torch.optim import Optimizer

from ..config.instantiate import construct, instantiate
from ..config.values import period_errors
from ..errors import UserError
from ..tasks.components import Schedule


def build_schedule(config: dict[str, Any]) -> "Schedule | None":
    """Return the learning-rate schedule of a config."""
    if not config["scheduler"]:
        return None
    node = dict(config["scheduler"])
    interval, monitor = node.pop("interval", "epoch"), node.pop("monitor", None)
    if errors := list(period_errors(node)):  # a period may follow trainer.max_epochs, which trainer.max_steps unsets
        raise UserError("; ".join(errors))
    make: partial[Any] = instantiate(node, allow=config["allow"])
    return Schedule(make, interval, monitor)


_checked: set[tuple[type, str]] = set()  # classes and settings that were found to be right


def check_optimizer(optimizer: "partial[Any]", schedule: "Schedule | None") -> None:
    """Raise UserError for settings that the optimizer or the schedule refuses."""
    key = optimizer.func, repr((optimizer.keywords, schedule))
    if key in _checked:
        return
    weight = nn.Parameter(torch.ones(1))
    trial: Optimizer = construct(optimizer, [weight])
    closure = inspect.signature(type(trial).step).parameters.get("closure")
    if closure is not None and closure.default is inspect.Parameter.empty:
        raise UserError(
            f"optimizer {type(trial).__name__} evaluates the loss several times per step, which is not supported; "
            "use adam, sgd or another with one gradient per step, or task=newton for logistic regression"
        )
    weight.grad = torch.ones(1)
    try:
        trial.step()
    except RuntimeError as error:
        raise UserError(f"optimizer {type(trial).__name__}: {str(error).splitlines()[0]}") from error
    if schedule:
        construct(schedule.make, trial)
    _checked.add(key)
