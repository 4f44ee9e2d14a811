"""Checks of the settings that belong to a device, and their application."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn

from ..errors import UserError
from ..tasks.captured_steps import why_not_capturable
from .plan import Plan


def check_device_settings(plan: Plan, accelerator: str) -> None:
    """Raise UserError for settings that the device (accelerator), the task or the network cannot use."""
    trainer = plan.trainer
    if trainer.matmul_precision is not None and accelerator in ("cpu", "mps"):
        raise UserError(
            f"trainer.matmul_precision={trainer.matmul_precision} has an effect on CUDA devices only; leave it out"
        )
    if trainer.channels_last and not convolutions(plan.task.net):
        raise UserError("trainer.channels_last=true has no effect: the network has no convolution; leave it out")
    if trainer.cuda_graphs and (reason := why_not_captured(plan, accelerator)):
        raise UserError(f"trainer.cuda_graphs=true: {reason}; leave it out")


def why_not_captured(plan: Plan, accelerator: str) -> str | None:
    """Return why the steps of a run cannot be captured as a CUDA graph, or None if nothing is known against it."""
    task, trainer, spec = plan.task, plan.trainer, plan.data.spec
    if trainer.compile:
        return "trainer.compile=true captures the step itself"
    if plan.cursor().accumulate > 1:
        return "a step on several batches (trainer.accumulate_grad_batches) is not captured"
    if trainer.truncated_bptt_steps is not None or plan.data.batch_kind == "contiguous":
        return "segments continue the state of the network, which a captured step would not"
    if task.schedule is not None and task.schedule.interval == "step":
        return "a captured step has a fixed learning rate, but scheduler.interval=step changes it at every step"
    loader = plan.train_loader()
    varied = (spec.sequence and spec.seq_len is None) or spec.target == "sequence"
    if varied and loader.batch_size < len(loader.split):
        return "the batches have different lengths"
    if reason := task.why_not_captured():
        return reason
    for optimizer in task.make_optimizers():
        if reason := why_not_capturable(optimizer):
            return reason
    if accelerator in ("cpu", "mps"):
        return f"the run is on {'the CPU' if accelerator == 'cpu' else 'MPS'}, which has no CUDA graphs"
    return None


def convolutions(net: nn.Module) -> list[nn.Conv2d | nn.ConvTranspose2d]:
    """Return the two-dimensional convolutions of a network, the transposed ones too."""
    return [layer for layer in net.modules() if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d)]


def set_memory_format(net: nn.Module, channels_last: bool | None, accelerator: str) -> None:
    """Store the weights of two-dimensional convolutions with the channels last; their outputs follow.

    channels_last: None = on the CPU, where it is faster.
    """
    if channels_last or (channels_last is None and accelerator == "cpu"):
        for layer in convolutions(net):
            layer.to(memory_format=torch.channels_last)


@contextmanager
def matmul_precision(name: str | None) -> Iterator[None]:
    """Compute matrix products of float32 with this precision, None for that of the process; restore it on exit."""
    if name is None:
        yield
        return
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision(name)
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(before)
