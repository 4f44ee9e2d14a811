"""Whether a checkpoint fits a run that is to be resumed, checked before anything of the run is changed."""

import random
from types import NoneType
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.utils._pytree import tree_map

from ..callbacks.average import floating_tensors
from ..errors import UserError
from ..runs.callback_states import state_error
from ..runs.checkpoint import Checkpoint
from ..runs.checkpoint_schema import missing_for_resuming
from ..spec import DataSpec
from ..tasks.base import Task
from ..tasks.learners.one_pass import OnePass
from ..tasks.modes import evaluation_mode
from .plan import Plan

RESTORING_ERRORS = (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError)
"""What values that do not fit can raise in the many parts that restore their state."""

COMPARED = ("input", "shape", "target", "target_size", "sequence", "per_step", "autoregressive", "sizes", "target_len")
"""Fields of a `DataSpec` that determine the sizes of a network."""


def check_resumable(checkpoint: Checkpoint, plan: Plan) -> None:
    """Raise UserError if a checkpoint lacks something, or is of other data or of another network or optimizer."""
    content, task = checkpoint.content, plan.task
    reason = missing(content) or other_data(checkpoint.spec, task.spec) or other_weights(checkpoint.task_state, task)
    reason = reason or other_position(checkpoint, plan) or other_optimizers(content, checkpoint.step, task)
    states = [checkpoint.ours.get("random"), *(rank.get("random") for rank in checkpoint.ours.get("ranks", ()))]
    reason = reason or next(filter(None, map(wrong_random_state, states)), None)
    reason = reason or state_error(content["callbacks"]) or other_average(content["callbacks"], task)
    reason = reason or other_recurrent_state(checkpoint, plan)
    if reason:
        raise UserError(f"{checkpoint.path} cannot be resumed: {reason}")


def missing(content: dict[str, Any]) -> str | None:
    """Return why a checkpoint without the state of the training cannot be resumed."""
    key = missing_for_resuming(content)
    return None if key is None else f"{key} is missing; it can still be used for predictions"


def other_data(saved: DataSpec, spec: DataSpec) -> str | None:
    """Return why data of another form cannot be used."""
    same = all(getattr(saved, name) == getattr(spec, name) for name in COMPARED)
    return None if same else f"it was trained on other data ({saved}; now {spec})"


def other_weights(saved: dict[str, Tensor], task: Task) -> str | None:
    """Return why weights of another network cannot be used."""
    expected = task.state_dict()
    for name in [*expected, *saved]:
        if name not in saved or name not in expected:
            return f"it holds the weights of another network ({name})"
        if isinstance(expected[name], Tensor) and saved[name].shape != expected[name].shape:
            shapes = f"{tuple(saved[name].shape)}, now {tuple(expected[name].shape)}"
            return f"it holds the weights of another network ({name}: {shapes})"
    return None


def other_position(checkpoint: Checkpoint, plan: Plan) -> str | None:
    """Return why there is no such position in the batches."""
    cursor = plan.cursor()
    cursor.load_state_dict(checkpoint.ours["stream"])
    if cursor.steps_done <= cursor.steps_in_epoch:
        return None
    return f"nnzoo.stream.done is {cursor.steps_done}; an epoch has {cursor.steps_in_epoch} steps"


def other_average(states: dict[str, dict[str, Any]], task: Task) -> str | None:
    """Return why averaged weights of another network cannot be used."""
    saved = next((state for key, state in states.items() if key.startswith("AveragedWeights")), None)
    if saved is None or not saved["updates"]:
        return None
    expected = floating_tensors(task.net)
    same = saved["weights"].keys() == expected.keys()
    if same and all(saved["weights"][name].shape == weight.shape for name, weight in expected.items()):
        return None
    return "AveragedWeights has the weights of another network"


def other_recurrent_state(checkpoint: Checkpoint, plan: Plan) -> str | None:
    """Return why the state of a recurrent network in the middle of a text or sequence cannot be used.

    The next step must take it, and must return a state of the same shapes.
    """
    task, cursor, ranks = plan.task, plan.cursor(), plan.task.ranks
    states = checkpoint.ours.get("ranks")
    if ranks is None:
        states = [{"state": checkpoint.ours["state"]}]
    cursor.load_state_dict(checkpoint.ours["stream"])
    if states is None or not cursor.steps_done or cursor.finished:
        return None
    rank = ranks.rank if ranks is not None else 0
    batch = next(cursor.peek(), None)
    batch = ranks.part(batch) if ranks is not None and batch is not None else batch
    if batch is None or not batch.is_continuation or len(states) != (1 if ranks is None else ranks.size):
        return None
    saved = states[rank]["state"]
    try:
        with evaluation_mode(task.net), torch.no_grad():
            _, state = task.net.run(batch.x, batch.mask, saved)  # type: ignore[operator]
    except RESTORING_ERRORS as error:
        return f"nnzoo.state does not fit ({type(error).__name__})"
    return None if shapes(state) == shapes(saved) else f"nnzoo.state has {shapes(saved)}, the network {shapes(state)}"


def shapes(state: Any) -> Any:
    """Return the shapes of the tensors in a state."""
    return tree_map(lambda value: tuple(value.shape) if isinstance(value, Tensor) else None, state)


def other_optimizers(content: dict[str, Any], steps: int, task: Task) -> str | None:
    """Return why states of optimizers cannot be used: of other parameters, or missing after some steps."""
    trainable = any(parameter.requires_grad for parameter in task.net.parameters())
    groups = [weights_of(optimizer) for optimizer in task.make_optimizers()] if trainable else []
    states = content["optimizer_states"]
    if trainable and len(states) != len(groups):
        return f"optimizer_states has {len(states)} states; there are {len(groups)} optimizers"
    trial = optimizer_of_one_weight(task) if groups else None
    expected = dict(*trial.state.values()) if trial and not isinstance(task, OnePass) else {}
    if expected and steps and not any(state["state"] for state in states):
        return f"its optimizer has no {' and no '.join(expected)}, after {steps} steps"
    for state in content["lr_schedulers"]:
        fresh = task.schedule.make(trial).state_dict() if task.schedule and trial else {}
        if wrong := next((name for name in fresh.keys() & state if kind(state[name]) not in kinds(fresh, name)), None):
            return f"the {wrong} of its schedule is of another kind"
    for state, params in zip(states, groups, strict=False):
        numbers = [number for group in state["param_groups"] for number in group["params"]]
        if numbers != list(range(len(params))):
            return f"its optimizer has {len(numbers)} parameters, now {len(params)}"
        for group in state["param_groups"]:
            if trial and (wrong := other_setting(group, trial.param_groups[0])):
                return f"the {wrong} of its optimizer is of another kind"
        for number, entries in state["state"].items():
            if number >= len(params):
                return f"its optimizer has a state of parameter {number}; there are {len(params)}"
            if wrong := other_shape(entries, expected, params[number]):
                return f"the {wrong} of parameter {number} in its optimizer has another shape"
    return None


def weights_of(optimizer: Optimizer) -> list[Tensor]:
    """Return the parameters of an optimizer in the order in which its state numbers them."""
    return [weight for group in optimizer.param_groups for weight in group["params"]]


def optimizer_of_one_weight(task: Task) -> Optimizer:
    """Return an optimizer after a step with a parameter of one weight."""
    weight = nn.Parameter(torch.ones(1))
    trial = task.make_optimizer([weight])
    weight.grad = torch.ones(1)
    trial.step()
    return trial


def other_setting(saved: dict[str, Any], group: dict[str, Any]) -> str | None:
    """Return the name of a setting of a group of parameters whose value is of another kind, None if there is none."""
    return next(
        (name for name, value in saved.items() if name != "params" and kind(value) not in kinds(group, name)), None
    )


def kinds(group: dict[str, Any], name: str) -> tuple[type, ...]:
    """Return the kinds of values that a setting of an optimizer may have; schedules add numbers such as initial_lr."""
    value = group.get(name)
    if isinstance(value, Tensor):
        return float, Tensor
    return (bool, float, NoneType) if value is None else (kind(value),)


def kind(value: Any) -> type:
    """Return the type of a value; integers are floats, lists are tuples."""
    return {int: float, list: tuple}.get(type(value), type(value))


def other_shape(entries: dict[str, Any], expected: dict[str, Any], parameter: Tensor) -> str | None:
    """Return the name of a tensor with another shape than its parameter, or that is missing, None if there is none."""
    for name, value in expected.items():
        found = entries.get(name)
        if not isinstance(value, Tensor) or not isinstance(found, Tensor):
            if isinstance(value, Tensor) != isinstance(found, Tensor):
                return name
        elif value.shape == (1,) and found.shape != parameter.shape:
            return name
    return None


def wrong_random_state(state: dict[str, Any]) -> str | None:
    """Return why the states of the random number generators cannot be restored."""
    try:
        torch.Generator().set_state(state["torch"])
        version, numbers, gauss = state["python"]
        random.Random().setstate((version, tuple(numbers), gauss))
        name, keys, position, has_gauss, cached = state["numpy"]
        np.random.RandomState().set_state((name, keys.numpy().astype(np.uint32), position, has_gauss, cached))
        if not all(isinstance(each, Tensor) for each in state["cuda"]):
            raise TypeError("a state of CUDA is no tensor")
    except RESTORING_ERRORS as error:
        return f"nnzoo.random is damaged ({type(error).__name__})"
    return None
