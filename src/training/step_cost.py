"""Memory and time of an optimizer step on the CPU, estimated before training."""

import warnings
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.autograd.graph import saved_tensors_hooks
from torch.func import functional_call
from torch.multiprocessing.reductions import StorageWeakRef
from torch.nn.modules.conv import _ConvNd
from torch.utils.flop_counter import FlopCounterMode

from ..builders.adapters import MultiHot, Network
from ..builders.size_limit import fewer_words
from ..config.instantiate import construct
from ..errors import DataWarning
from ..formatting import duration
from ..runs.memory import GIGABYTE, check_memory
from ..spec import DataSpec
from ..tasks.base import Task
from ..tasks.learners.one_pass import OnePass
from ..tasks.learners.pocket import Pocket
from ..tasks.learners.word2vec import Word2Vec
from ..tasks.modes import evaluation_mode
from .plan import Plan

OPERATIONS = 4e10  # multiplications and additions in float32 per second, as of a few cores
PER_INPUT = 40  # operations in the time that it takes to write and read a count of a token
LONG = 10.0  # seconds after which a user wonders
MUCH = 4 * GIGABYTE
SMALLER = "a smaller network"


class StepCost(NamedTuple):
    """The cost of the forward pass of a step.

    weights: their number; layers: which of them; operations: multiplications and additions; numbers: of inputs and
    outputs that are held in memory.
    """

    weights: int
    layers: str
    operations: int
    numbers: int


def check_step_cost(plan: Plan) -> None:
    """Warn if an optimizer step takes long or much memory. Raises UserError if it takes more than there is.

    Only convolutional networks, dense layers and inputs that count tokens are considered: they grow with the images or
    with the vocabulary.
    """
    task, data = plan.task, plan.data
    if isinstance(task, OnePass | Word2Vec):  # no optimizer step, or one that reads a few rows of the weights
        return
    train = data.splits["train"]
    examples = min(plan.train_loader().batch_size, len(train))
    per_example = train.base.x.shape[1] if data.spec.per_step else 1
    rows = examples * per_example
    inputs = task.net.adapter.size if isinstance(task.net.adapter, MultiHot) else 0
    cost = of_convolutions(task.net, data.spec, examples) or of_dense_layers(task.net, rows, inputs)
    of_weights = cost.weights * (2 + optimizer_states(task))
    size_in_memory = 4 * (of_weights + cost.numbers)  # in float32
    what = f"a step of {examples} examples with {cost.weights} weights{cost.layers}"
    words = fewer_words(plan.config["data"])
    faster = words or (f"loader.batch_size={max(1, examples // 10)}" if examples > 1 else SMALLER)
    # No batch is small enough for large weights.
    leaner = words or (SMALLER if of_weights > cost.numbers else faster)
    check_memory(size_in_memory, what, f"use {leaner}")
    seconds = 3 * cost.operations / OPERATIONS  # forward, and the gradients of weights and inputs
    costs = [f"about {duration(seconds)}"] if seconds > LONG else []
    costs += [f"about {size_in_memory / GIGABYTE:.0f} GB of memory"] if size_in_memory > MUCH else []
    if costs:
        advice = leaner if size_in_memory > MUCH else faster
        text = f"{what} takes {' and '.join(costs)}; use {advice}, for example, to take less"
        warnings.warn(text, DataWarning, stacklevel=3)
    if isinstance(task, Pocket):
        steps, counted = plan.cursor().steps_in_epoch, len(train) * per_example
        seconds = steps * counted * (2 * cost.weights + PER_INPUT * inputs) / OPERATIONS
        if seconds > LONG:
            warnings.warn(
                f"the pocket algorithm counts the errors on all {len(train)} training examples after each of {steps} "
                f"steps, so an epoch takes about {duration(seconds)}; use loader.batch_size={10 * examples}, for "
                "example, to take fewer steps",
                DataWarning,
                stacklevel=3,
            )


def of_dense_layers(net: nn.Module, rows: int, inputs: int) -> StepCost:
    """Return the cost of the dense layers of a network. inputs: counts of tokens in each of the rows."""
    layers = dense_layers(net)
    weights = sum(layer.weight.numel() for layer in layers)
    numbers = rows * (inputs + 3 * sum(layer.out_features for layer in layers))
    return StepCost(weights, " of dense layers", 2 * rows * weights, numbers)


def of_convolutions(net: nn.Module, spec: DataSpec, examples: int) -> StepCost | None:
    """Return the cost of a convolutional network of nnzoo, None for other networks.

    The forward pass of one example is on the meta device, without numbers. The networks of users may not allow that.
    """
    own = isinstance(net, Network) and type(net.model).__module__.startswith("nnzoo.")
    if not own or not any(isinstance(layer, _ConvNd) for layer in net.modules()):
        return None
    tensors = {name: weight.detach().to("meta").requires_grad_() for name, weight in net.named_parameters()}
    seen = {StorageWeakRef(weight.untyped_storage()) for weight in tensors.values()}
    saved = 0

    def pack(values: Tensor) -> Tensor:
        nonlocal saved
        storage = StorageWeakRef(values.untyped_storage())
        saved += 0 if storage in seen else values.nbytes // 4  # places of maxima take 8 bytes
        seen.add(storage)
        return values

    buffers = {name: values.to("meta") for name, values in net.named_buffers()}
    x = spec.fake_batch(1).x.to("meta")
    with evaluation_mode(net), FlopCounterMode(display=False) as counter, saved_tensors_hooks(pack, lambda each: each):
        functional_call(net, tensors | buffers, (x, None))
    weights = sum(weight.numel() for weight in tensors.values())
    return StepCost(weights, "", examples * counter.get_total_flops(), examples * saved)


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
