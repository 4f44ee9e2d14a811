"""The first step of a group, compared with those of its first and last member alone."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from ...errors import reason_of
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
    compared = (0, len(tasks) - 1)
    stack = Stack([task.net for task in tasks])
    before = {name: values.clone() for name, values in stack.buffers.items()}
    hooks = [hook for row in compared for hook in tasks[row].penalties.register_hooks()]
    try:
        (batch,) = StackedBatches([member.plan.train_loader() for member in members]).epoch(0, 0, 1)
        member_gradient(tasks, stack)(batch)
        found = stack.gradients.clone()
        stack.gradients.zero_()
        for row in compared:
            restore(stack, before)
            alone = Batch(batch.x[row], batch.y[row], None if batch.mask is None else batch.mask[row])
            tasks[row].gradient(alone)
            expected = stack.gradients[row]
            if not torch.allclose(found[row], expected, rtol=0, atol=TOLERANCE * float(expected.abs().max())):
                return "its steps cannot be vectorized (the gradient would differ)"
    except Exception as error:  # whatever a network does with the tensors of torch.func
        return f"its steps cannot be vectorized ({type(error).__name__}: {reason_of(error)})"
    finally:
        for hook in hooks:
            hook.remove()
        for row in compared:
            tasks[row].penalties.reset()
        restore(stack, before)
    return None


def restore(stack: Stack, buffers: Mapping[str, Tensor]) -> None:
    """Set the buffers of the members."""
    for name, values in buffers.items():
        stack.buffers[name].copy_(values)
