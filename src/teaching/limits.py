"""Limits of a trace, and the configs that can be traced. Imports no torch."""

from typing import Any

from ..config.ineffective import chosen_name, is_within
from ..config.signatures import ignored_settings
from ..errors import UserError

MAX_NUMBERS = 2000  # of a trace, some screens of text
MAX_STEPS = 1000  # of a perceptron


def check_traced(config: dict[str, Any], steps: int, max_numbers: int = MAX_NUMBERS) -> None:
    """Raise UserError for numbers out of range, and for settings of a run whose steps cannot be traced."""
    for name, value in (("steps", steps), ("max_numbers", max_numbers)):
        if value < 1:
            raise UserError(f"{name} is {value}; it must be at least 1")
    task = config["task"]
    if task and is_within("optimizer", ignored_settings(task["_target_"])):
        raise UserError(f"task '{chosen_name(config, 'task')}' takes no gradient steps, which could be traced")
    trainer = config["trainer"]
    if trainer["engine"] == "direct":
        raise UserError("trainer.engine=direct computes no gradients of activations; leave it out")
    for name in ("accumulate_grad_batches", "truncated_bptt_steps", "compile"):
        if (value := trainer[name]) and value != 1 or value is True:
            raise UserError(f"trainer.{name}={str(value).lower()} cannot be traced; leave it out")


def check_online(config: dict[str, Any]) -> None:
    """Raise UserError for batches of several examples."""
    if (size := config["loader"]["batch_size"]) != 1:
        raise UserError(f"loader.batch_size is {size}; the updates take one example after the other; leave it out")


def with_perceptron(overrides: list[str]) -> list[str]:
    """Return overrides with model=perceptron and one example in a batch, unless they say otherwise."""
    keys = [line.partition("=")[0] for line in overrides]
    model = [] if "model" in keys or "experiment" in keys else ["model=perceptron"]
    size = [] if "loader.batch_size" in keys else ["loader.batch_size=1"]
    return [*model, *overrides, *size]
