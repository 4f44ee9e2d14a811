"""Checks of a plan before its run directory is created."""

import math
import warnings
from collections.abc import Sequence
from pathlib import Path

import torch
from pytorch_lightning import Callback
from torch.nn.modules.batchnorm import _BatchNorm

from ..callbacks import checks as callback_checks
from ..errors import DataWarning, UserError, unknown
from ..runs.directory import RunDirectory
from ..runs.memory import available_memory, check_memory
from ..tasks.base import Task
from ..tasks.learners.one_pass import OnePass
from ..tasks.modes import evaluation_mode
from ..tasks.penalties import ActivationPenalty
from ..tasks.random_state import random_state, set_random_state
from . import schedules
from .device_settings import check_device_settings
from .loggers import check_loggers
from .plan import Plan
from .step_cost import check_step_cost
from .trainers import accelerator, callback


def check(plan: Plan) -> None:
    """Raise UserError for settings that would fail late or have no effect."""
    config, task, data, trainer = plan.config, plan.task, plan.data, plan.trainer
    for split in config["evaluate"]:
        if split not in data.splits:
            raise UserError(f"evaluate={split}: the data has no {split} split")
    device = accelerator(trainer)
    task.check_engine(device)
    check_loggers(config)
    task.check_batch(plan.train_loader().batch_size, plan.batch_size)
    check_frozen(task)
    check_memory_of_batch(plan)
    if device == "cpu":
        check_step_cost(plan)
    train = data.splits["train"]
    examples = min(len(train), plan.cursor().steps_in_epoch * plan.train_loader().batch_size)
    task.check_cost(examples * (train.base.x.shape[1] if data.spec.per_step else 1))
    if trainer.truncated_bptt_steps is not None and not task.net.causal:
        raise UserError("trainer.truncated_bptt_steps cuts sequences; a network that is not causal needs whole ones")
    if plan.cursor().accumulate > 1:
        check_accumulation(plan)
    check_device_settings(plan, device)
    if task.ranks is not None:
        check_distribution(plan, task.ranks.size)
    for name in config["metrics"]:
        if name in ("loss", *task.accumulators["val"].metrics.modes):
            raise UserError(f"metrics.{name}: the task already has a metric {name}; choose another name")
    if config["metrics"]:
        check_metrics(plan)
    check_evaluations(plan)
    validated = plan.validation() is not None
    check_sizes(plan, (["val"] if validated and not trainer.overfit_batches else []) + config["evaluate"])
    valid = [name for split in (("val", "train") if validated else ("train",)) for name in task.metric_names(split)]
    monitors = {f"callbacks.{name}": node.get("monitor") for name, node in config["callbacks"].items() if node}
    of_python = {path: each for path, each in plan.given.objects.items() if path.startswith("callbacks.")}
    monitors |= {path: getattr(each, "monitor", None) for path, each in of_python.items()}
    if config["scheduler"]:
        monitors["scheduler"] = config["scheduler"].get("monitor")
    for where, monitor in monitors.items():
        if monitor not in (None, "auto", *valid):
            raise unknown(f"metric {where}.monitor", monitor, valid)
    check_rates(task)
    callback_checks.check(config, task, validated=validated, given=plan.given)
    check_callbacks(plan, validated=validated)
    schedules.check(config, task, steps=plan.cursor().steps_in_epoch)


def check_frozen(task: Task) -> None:
    """Warn if no weight of a network is trainable. Networks without weights are meant to be like that."""
    weights = [*task.net.parameters()]
    if weights and not any(weight.requires_grad for weight in weights) and not isinstance(task, OnePass):
        warnings.warn(
            f"all {len(weights)} parameters of the network are frozen (requires_grad=False): training changes nothing",
            DataWarning,
            stacklevel=3,
        )


def check_rates(task: Task) -> None:
    """Raise UserError if an optimizer has other weights, or if the schedule does not keep the ratios of rates."""
    for optimizer in task.make_optimizers():
        before = [float(group["lr"]) for group in optimizer.param_groups]
        if task.schedule is None or not task.config["lr_factors"]:
            continue
        made = task.schedule.make(optimizer)
        after = [float(group["lr"]) for group in optimizer.param_groups]
        if not all(math.isclose(a * before[0], b * after[0], rel_tol=1e-6) for a, b in zip(after, before, strict=True)):
            raise UserError(
                f"scheduler {type(made).__name__} sets the same learning rate for all parameters, so that lr_factors "
                "has no effect; leave one of them out"
            )


def check_memory_of_batch(plan: Plan) -> None:
    """Raise UserError if a network that reads counts of tokens needs more memory for a batch than there is."""
    if not (values := plan.data.step_values):
        return
    loader = plan.train_loader()
    size, steps = loader.batch_size, plan.trainer.truncated_bptt_steps or loader.split.base.x.shape[1]
    one = 2 * 4 * steps * values  # bytes of an example, with one copy in float32
    fits = int(available_memory() // one)
    advice = f"use loader.batch_size={fits}" if fits else "a network that embeds tokens, such as model=gru, takes less"
    check_memory(size * one, f"a batch of {size} sequences of {steps} steps, each read as {values} numbers,", advice)


def check_callbacks(plan: Plan, *, validated: bool) -> None:
    """Raise UserError for callbacks that refuse their settings, and for two whose state a checkpoint cannot keep apart.

    validated: whether there is a validation set.
    """
    names: dict[str, str] = {}  # by the key of the state
    for name, node in plan.config["callbacks"].items():
        made = callback(name, node, plan, RunDirectory(Path()), validated) if node else None
        if made is None or type(made).state_dict is Callback.state_dict:
            continue
        other = names.setdefault(made.state_key, name)
        if other != name:
            raise UserError(
                f"callbacks.{name} monitors the same metric as callbacks.{other}; set another monitor, or leave one out"
            )


def check_metrics(plan: Plan) -> None:
    """Raise UserError if an additional metric fails for the first batch of the validation set or, without one, any."""
    task = plan.task
    batch = next(iter(plan.validation() or plan.train_loader().epoch(0)))
    accumulator, before = task.accumulators["val"], random_state()
    with evaluation_mode(task), torch.no_grad():
        try:
            task.measure("val", batch)
            accumulator.flush(task.predictions, task.actual)
            accumulator.compute()
        finally:
            accumulator.reset()
            set_random_state(before)


def check_evaluations(plan: Plan) -> None:
    """Raise UserError for evaluations that do not fit, and for two metrics with the same name."""
    names = [name.partition("/")[2] for name in plan.task.metric_names("test")]
    for key, evaluation in plan.evaluations.items():
        evaluation.check(plan.task, plan.data)
        if taken := [name for name in evaluation.names if name in names]:
            raise UserError(f"evaluations.{key}: there is already a metric {taken[0]}; leave one of them out")
        names += evaluation.names


def check_accumulation(plan: Plan) -> None:
    """Raise UserError if a step cannot use several batches. Warns if batch normalization sees each of them alone."""
    number = plan.trainer.accumulate_grad_batches
    check_parts(
        plan.task,
        f"trainer.accumulate_grad_batches={number}",
        plan.task.why_not_accumulated(),
        f"each batch of {plan.train_loader().batch_size} examples, not of all {number} batches of a step",
    )


def check_distribution(plan: Plan, size: int) -> None:
    """Raise UserError if `size` processes cannot train together. Warns about batch normalization."""
    setting, batch_size = f"trainer.devices={size}", plan.train_loader().batch_size
    if plan.trainer.cuda_graphs:
        raise UserError(f"{setting}: trainer.cuda_graphs=true captures the steps of one device; leave it out")
    if batch_size < size:
        raise UserError(f"{setting}: more processes than examples in a batch (loader.batch_size={batch_size})")
    part = f"the {batch_size // size} examples or so of a batch that a process has, not of all {batch_size}"
    check_parts(plan.task, setting, plan.task.why_not_distributed(), part)


def check_parts(task: Task, setting: str, reason: str | None, part: str) -> None:
    """Raise UserError if the parts of a step cannot be computed separately; reason: why, None = they can.

    Warns if batch normalization sees each part alone.
    """
    if task.spec.partial and any(isinstance(penalty, ActivationPenalty) for penalty in task.penalties.values()):
        reason = "the loss is averaged over known entries, but penalties.activation over examples"
    if reason:
        raise UserError(f"{setting}: {reason}; leave it out")
    if any(isinstance(layer, _BatchNorm) for layer in task.net.modules()):
        warnings.warn(
            f"{setting}: batch normalization uses the statistics of {part}",
            DataWarning,
            stacklevel=2,
        )


def check_sizes(plan: Plan, splits: Sequence[str]) -> None:
    """Raise UserError if one of the splits has fewer examples than the metrics need."""
    metrics = plan.task.accumulators["test"].metrics
    for split in splits:
        size = len(plan.data.splits[split])
        if size < metrics.minimum:
            hints = [f"increase data.{split}"] if split in plan.config["data"] else []
            hints.append(f"set {'data.val=0' if split == 'val' else 'evaluate=[]'}")
            raise UserError(
                f"{next(iter(metrics.modes))} needs at least {metrics.minimum} examples, but the {split} split has "
                f"{size}; {' or '.join(hints)}"
            )
