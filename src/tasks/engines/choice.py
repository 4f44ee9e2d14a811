"""Choice of the engine of a task: derivatives that are written out, or autograd."""

from typing import TYPE_CHECKING

import torch
from torch import nn

from ...losses.stated import is_stated
from ..heads.base import Head
from .chain import Chain, find_chain

if TYPE_CHECKING:
    from ..base import Task

STEP = frozenset(
    {
        "compute",
        "outputs",
        "training_loss",
        "unpenalized_loss",
        "gradient",
        "update",
        "accumulate",
        "take_step",
        "training_step",
    }
)
"""Methods of a task that define a step."""


def chain_of(task: "Task") -> Chain | str:
    """Return the chain of layers with which a task can take direct steps, or why it cannot."""
    if reason := why_not_direct(task):
        return reason
    weight = next(task.net.parameters(), None)
    if weight is None:
        return f"model {type(getattr(task.net, 'model', task.net)).__name__} has no parameters"
    batch = task.spec.fake_batch(2, torch.Generator().manual_seed(0)).to(weight.device)
    return find_chain(task.net, batch._replace(x=batch.x.to(weight.dtype) if batch.x.is_floating_point() else batch.x))


def is_known(net: nn.Module) -> bool:
    """Return whether a network is one of nnzoo or of torch, all of whose parts its layers show.

    The forward pass of others may depend on what one pass does not show, such as a random number of Python.
    """
    model = getattr(net, "model", net)
    return type(model).__module__.partition(".")[0] in ("nnzoo", "torch")


def why_not_direct(task: "Task") -> str | None:
    """Return what prevents direct steps beside the network, or None if nothing does."""
    if not is_stated(type(task), {"output_derivative"}, STEP):
        return f"task {type(task).__name__} states no derivative"
    if not task.loss.states_derivative():
        return f"loss {type(getattr(task.loss, 'loss', task.loss)).__name__} states no derivative"
    if type(task.head).step is not Head.step or task.head.teacher_forcing:
        return f"head {type(task.head).__name__} defines its own loss"
    if task.spec.partial:
        return "the target has unknown entries"
    if name := next((name for name, each in task.penalties.items() if not each.states_derivatives()), None):
        return f"penalty {type(task.penalties[name]).__name__} (penalties.{name}) states no derivative"
    return None
