"""A look at a network in the middle of its training."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from ..tasks.base import Task


@contextmanager
def undisturbed(task: Task) -> Iterator[None]:
    """Evaluate without gradients, and leave modes and random numbers as they were."""
    modes = [(module, module.training) for module in task.modules()]
    devices = [task.device] if task.device.type == "cuda" else []
    task.eval()
    try:
        with torch.no_grad(), torch.random.fork_rng(devices):
            yield
    finally:
        for module, training in modes:
            module.training = training
