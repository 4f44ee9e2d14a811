"""Memory and time of an optimizer step on the CPU, estimated before training."""

import warnings

import torch
from torch import Tensor, nn

from ..builders.adapters import MultiHot
from ..builders.size_limit import fewer_words
from ..config.instantiate import construct
from ..errors import DataWarning
from ..formatting import duration
from ..runs.memory import GIGABYTE, check_memory
from ..tasks.base import Task
from ..tasks.learners.one_pass import OnePass
from ..tasks.learners.pocket import Pocket
from ..tasks.learners.word2vec import Word2Vec
from .plan import Plan

OPERATIONS = 4e10  # multiplications and additions in float32 per second, as of a few cores
PER_INPUT = 40  # operations in the time that it takes to write and read a count of a token
LONG = 10.0  # seconds after which a user wonders
MUCH = 4 * GIGABYTE
SMALLER = "a smaller network"


def check_step_cost(plan: Plan) -> None:
    """Warn if an optimizer step takes long or much memory. Raises UserError if it takes more than there is.

    Only dense layers and inputs that count tokens are considered: their number of weights grows with the vocabulary.
    """
    task, data = plan.task, plan.data
    if isinstance(task, OnePass | Word2Vec):  # no optimizer step, or one that reads a few rows of the weights
        return
    layers = dense_layers(task.net)
    weights = sum(layer.weight.numel() for layer in layers)
    train = data.splits["train"]
    examples = min(plan.train_loader().batch_size, len(train))
    per_example = train.base.x.shape[1] if data.spec.per_step else 1
    rows = examples * per_example
    inputs = task.net.adapter.size if isinstance(task.net.adapter, MultiHot) else 0
    of_weights = weights * (2 + optimizer_states(task))
    numbers = of_weights + rows * (inputs + 3 * sum(layer.out_features for layer in layers))
    size_in_memory = 4 * numbers  # in float32
    what = f"a step of {examples} examples with {weights} weights of dense layers"
    words = fewer_words(plan.config["data"])
    faster = words or (f"loader.batch_size={max(1, examples // 10)}" if examples > 1 else SMALLER)
    leaner = words or (SMALLER if of_weights > numbers / 2 else faster)  # no batch is small enough for large weights
    check_memory(size_in_memory, what, f"use {leaner}")
    seconds = 6 * rows * weights / OPERATIONS  # forward, and the gradients of weights and inputs
    costs = [f"about {duration(seconds)}"] if seconds > LONG else []
    costs += [f"about {size_in_memory / GIGABYTE:.0f} GB of memory"] if size_in_memory > MUCH else []
    if costs:
        advice = leaner if size_in_memory > MUCH else faster
        text = f"{what} takes {' and '.join(costs)}; use {advice}, for example, to take less"
        warnings.warn(text, DataWarning, stacklevel=3)
    if isinstance(task, Pocket):
        steps, counted = plan.cursor().steps_in_epoch, len(train) * per_example
        seconds = steps * counted * (2 * weights + PER_INPUT * inputs) / OPERATIONS
        if seconds > LONG:
            warnings.warn(
                f"the pocket algorithm counts the errors on all {len(train)} training examples after each of {steps} "
                f"steps, so an epoch takes about {duration(seconds)}; use loader.batch_size={10 * examples}, for "
                "example, to take fewer steps",
                DataWarning,
                stacklevel=3,
            )


def dense_layers(net: nn.Module) -> list[nn.Linear]:
    """Return the dense layers of a network, those with the same weights once."""
    return list({id(layer.weight): layer for layer in net.modules() if isinstance(layer, nn.Linear)}.values())


def optimizer_states(task: Task) -> int:
    """Return how many numbers the optimizer of a task keeps for each weight."""
    weight = nn.Parameter(torch.ones(2))
    optimizer = construct(task.make_optimizer, [weight])
    weight.grad = torch.ones(2)
    optimizer.step()
    state = optimizer.state[weight].values()
    return sum(isinstance(each, Tensor) and each.shape == weight.shape for each in state)
