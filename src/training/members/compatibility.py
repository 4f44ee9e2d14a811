"""Which runs can be trained at once: what they must have in common, and why a run must be trained alone."""

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import torch
from torch import nn
from torch.optim import Optimizer

from ...config.from_python import is_from_python, nodes
from ...config.schema import Trainer
from ...runs.checkpoint import Checkpoint
from ...runs.record import leaves
from ...tasks.base import Task
from ...tasks.random_state import is_same_state, random_state, set_random_state
from ..plan import Plan

MAX_PARAMETERS = 100_000  # of a network; larger ones are not faster together

TASK = "nnzoo.tasks.base.Task"
SHOWN = (
    "pytorch_lightning.callbacks.ModelCheckpoint",
    "pytorch_lightning.callbacks.EarlyStopping",
    "nnzoo.callbacks.last.LastCheckpoint",
    "nnzoo.callbacks.hparams.HParams",
    "nnzoo.callbacks.overview.Overview",
)
"""Callbacks of members."""
LEFT_OUT = (
    "nnzoo.callbacks.progress.Progress",
    "nnzoo.callbacks.figures.Figures",
    "nnzoo.callbacks.boundaries.Boundaries",
    "nnzoo.callbacks.generated.Generated",
    "nnzoo.callbacks.samples.Samples",
    "nnzoo.callbacks.projector.Projector",
)
"""Callbacks that only show something, which members leave out."""
LOGGERS = ("nnzoo.callbacks.tensorboard.TensorBoard", "nnzoo.callbacks.history.History")

FREE = ("allow", "choices", "evaluate", "fold", "init", "name", "output_dir", "seed", "trial", "data.seed")
"""Settings in which the members of a group may differ, besides those of `is_free`."""
SAME_IN_OPTIMIZERS = ("_target_", "nesterov", "amsgrad", "maximize")


def shown_by_members(callbacks: Mapping[str, Any]) -> dict[str, Any]:
    """Return the callbacks of a config without those that members leave out."""
    return {name: node for name, node in callbacks.items() if node and node["_target_"] in SHOWN}


def signature(config: Mapping[str, Any]) -> str:
    """Return what the configs of a group have in common, as a text."""
    return json.dumps({key: value for key, value in leaves(dict(config)) if not is_free(key)}, default=str)


@cache
def is_free(key: str) -> bool:
    """Return whether the members of a group may differ in a setting."""
    group, *rest = key.split(".")
    name = rest[-1] if rest else ""
    match group:
        case "optimizer":
            return name not in SAME_IN_OPTIMIZERS
        case "scheduler":
            return bool(rest) and name not in ("_target_", "interval")
        case "penalties":
            return name == "weight"
        case "callbacks":
            return name not in ("_target_", "monitor", "every_seconds")
    return any(f"{key}.".startswith(f"{each}.") for each in FREE)


def differences(configs: list[dict[str, Any]]) -> list[str]:
    """Return the settings that keep runs from being one group."""
    found = [{key: value for key, value in leaves(config) if not is_free(key)} for config in configs]
    keys = dict.fromkeys(key for each in found for key in each)
    return [key for key in keys if len({json.dumps(each.get(key), default=str) for each in found}) > 1]


def why_alone(config: Mapping[str, Any]) -> str | None:
    """Return why a run of a config must be trained alone, None if the config has no reason."""
    trainer, choices = Trainer(**config["trainer"]), config["choices"]
    if path := next((path for path, node in nodes(config) if is_from_python(node["_target_"])), None):
        return f"{path} is an object from Python"
    if config["rule"]:
        return f"rule '{choices.get('rule')}' takes no gradient of a loss"
    if config["task"] and config["task"]["_target_"] != TASK:
        return f"task '{choices.get('task')}' does not take one gradient step after another"
    for key, usual in (
        ("precision", ("32-true", "64-true")),
        ("compile", (False,)),
        ("truncated_bptt_steps", (None,)),
        ("devices", (1,)),
        ("cuda_graphs", (False,)),
        ("channels_last", (None, False)),
        ("matmul_precision", (None,)),
    ):
        if getattr(trainer, key) not in usual:
            return f"trainer.{key}={getattr(trainer, key)}"
    if trainer.accumulate_grad_batches not in (None, 1):
        return f"trainer.accumulate_grad_batches={trainer.accumulate_grad_batches}"
    if trainer.gradient_clip_val is not None and trainer.gradient_clip_algorithm == "temporal":
        return "trainer.gradient_clip_algorithm=temporal"
    for group, known in (("callbacks", (*SHOWN, *LEFT_OUT)), ("logger", LOGGERS)):
        for name, node in config[group].items():
            if node and node["_target_"] not in known:
                return f"{group}.{name}"
    return None


def why_task_alone(plan: Plan, optimizers: list[Optimizer]) -> str | None:
    """Return why the network or the data of a run cannot be stacked, None if there is no reason."""
    task, data = plan.task, plan.data
    size = sum(p.numel() for p in task.net.parameters())
    if size > MAX_PARAMETERS:
        return f"the network has {size} parameters; above {MAX_PARAMETERS} nothing is won"
    if type(task) is not Task:
        return f"{type(task).__name__} does not take one gradient step after another"
    if len(optimizers) != 1 or len(optimizers[0].param_groups) != 1:
        several = "optimizers" if len(optimizers) > 1 else "learning rates"
        return f"there are several {several}" if optimizers else "the network has no weights to train"
    if data.batch_kind != "examples":
        return "the data is contiguous text"
    if task.head.teacher_forcing:
        return "the network reads its targets"
    if task.spec.partial:
        return "some targets are unknown"
    if draws_random_numbers(plan):
        return "the network draws random numbers in training, such as dropout"
    return None


def draws_random_numbers(plan: Plan) -> bool:
    """Return whether the training loss depends on random numbers of torch, Python or NumPy."""
    batch = next(iter(plan.train_loader().epoch(0)))
    buffers = {name: buffer.clone() for name, buffer in plan.task.net.named_buffers()}
    before = random_state()
    with torch.no_grad():
        plan.task.compute(batch)
    after = random_state()
    set_random_state(before)
    restore(plan.task.net, buffers)
    return not is_same_state(before, after)


def restore(net: nn.Module, buffers: Mapping[str, torch.Tensor]) -> None:
    """Set the buffers of a network."""
    with torch.no_grad():
        for name, buffer in net.named_buffers():
            buffer.copy_(buffers[name])


def position(plan: Plan, checkpoint: Checkpoint | None) -> tuple[Any, ...]:
    """Return the sizes and the position in the training that the members of a group have in common."""
    shapes = tuple((name, p.shape, p.requires_grad) for name, p in plan.task.net.named_parameters())
    sizes = tuple((name, len(split)) for name, split in plan.data.splits.items())
    spec = repr(replace(plan.task.spec, target_mean=(), target_scale=()))  # with class counts, if the loss needs them
    if checkpoint is None:
        return shapes, sizes, spec, 0, 0, False
    place = checkpoint.ours["stream"]
    return shapes, sizes, spec, place["epoch"], place["done"], checkpoint.ours["stopped"]
