"""Limits of a trace, and the configs that can be traced. Imports no torch."""

from collections.abc import Sequence
from typing import Any

from ..config.ineffective import chosen_name, is_within
from ..config.signatures import ignored_settings
from ..errors import UserError

MAX_NUMBERS = 2000  # of a trace, some screens of text
MAX_STEPS = 1000  # of a perceptron
MODELS, SEEDS, STEPS, EXAMPLES = ("rnn", "lstm", "gru"), 3, 200, 64  # whose gradients through time are compared


def check_traced(config: dict[str, Any], steps: int, max_numbers: int = MAX_NUMBERS) -> None:
    """Raise UserError for numbers out of range, and for settings of a run whose steps cannot be traced."""
    check_counts(steps=steps, max_numbers=max_numbers)
    task = config["task"]
    if task and is_within("optimizer", ignored_settings(task["_target_"])):
        raise UserError(f"task '{chosen_name(config, 'task')}' takes no gradient steps, which could be traced")
    check_trains(config)
    trainer = config["trainer"]
    if trainer["engine"] == "direct":
        raise UserError("trainer.engine=direct computes no gradients of activations; leave it out")
    if trainer["compile"]:
        raise UserError("trainer.compile=true cannot be traced; leave it out")
    for name in ("accumulate_grad_batches", "truncated_bptt_steps"):
        if trainer[name] not in (None, 1):
            raise UserError(f"trainer.{name}={trainer[name]} cannot be traced; leave it out")


def check_trains(config: dict[str, Any]) -> None:
    """Raise UserError for a run without optimizer steps."""
    for name in ("max_epochs", "max_steps"):
        if config["trainer"][name] == 0:
            raise UserError(f"trainer.{name}=0 takes no optimizer steps; leave it out")


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


def check_counts(**counts: int) -> None:
    """Raise UserError for a count below 1."""
    for name, value in counts.items():
        if value < 1:
            raise UserError(f"{name} is {value}; it must be at least 1")


def runs_of(overrides: Sequence[str], models: Sequence[str], seeds: int) -> dict[str, list[list[str]]]:
    """Return the overrides of each run by the name of the network, one for each seed.

    Raises UserError without networks, for a repeated network, and for an override of the network or several seeds.
    """
    if not models or isinstance(models, str):
        raise UserError(f"models is {models!r}; it takes a list of networks, such as {list(MODELS)}")
    if len(set(models)) < len(models):
        raise UserError(f"models has {', '.join(models)}; each network can be there once")
    keys = {line.partition("=")[0]: line.partition("=")[2] for line in overrides}
    if "model" in keys:
        raise UserError(f"model={keys['model']}: models=[...] chooses the networks")
    first = keys.get("seed", "0")
    if not first.isdigit():
        raise UserError(f"seed is '{first}'; it takes an integer, the first of seeds={seeds}")
    others = [line for line in overrides if line.partition("=")[0] != "seed"]
    data = [] if "data" in keys or "experiment" in keys else ["data=latch"]
    return {
        model: [[f"model={model}", *data, *others, f"seed={int(first) + k}"] for k in range(seeds)] for model in models
    }
