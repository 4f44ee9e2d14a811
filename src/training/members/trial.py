"""The first step of a group, compared with that of one of its members alone."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from ...spec import Batch
from .batches import StackedBatches
from .gradient import member_gradient
from .member import Member
from .stack import Stack

TOLERANCE = 1e-3  # of the gradient of a step, relative to its largest entry


def why_step_differs(members: Sequence[Member]) -> str | None:
    """Return why the step of a group is not that of its members, None if it is.

    Some networks cannot be vectorized, or hold weights where `torch.func` does not replace them.
    """
    tasks = [member.task for member in members]
    first = tasks[0]
    stack = Stack([task.net for task in tasks])
    before = {name: values.clone() for name, values in stack.buffers.items()}
    hooks = first.penalties.register_hooks()
    try:
        (batch,) = StackedBatches([member.plan.train_loader() for member in members]).epoch(0, 0, 1)
        member_gradient(tasks, stack)(batch)
        found = stack.gradients[0].clone()
        stack.gradients.zero_()
        restore(stack, before)
        alone = Batch(batch.x[0], batch.y[0], None if batch.mask is None else batch.mask[0])
        first.gradient(alone)
        expected = stack.gradients[0]
    except Exception as error:  # whatever a network does with the tensors of torch.func
        return f"its steps cannot be vectorized ({type(error).__name__}: {first_line(error)})"
    finally:
        for hook in hooks:
            hook.remove()
        first.penalties.reset()
        restore(stack, before)
    if not torch.allclose(found, expected, rtol=0, atol=TOLERANCE * float(expected.abs().max())):
        return "its steps cannot be vectorized (the gradient would differ)"
    return None


def restore(stack: Stack, buffers: Mapping[str, Tensor]) -> None:
    """Set the buffers of the members."""
    for name, values in buffers.items():
        stack.buffers[name].copy_(values)


def first_line(error: Exception) -> str:
    """Return the first line of the message of an exception."""
    return (str(error).strip().splitlines() or [""])[0]
