"""A look at a network in the middle of its training."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from ..tasks.base import Task
from ..tasks.modes import evaluation_mode


@contextmanager
def undisturbed(task: Task) -> Iterator[None]:
    """Evaluate without gradients, and leave modes and random numbers as they were."""
    devices = [task.device] if task.device.type == "cuda" else []
    with evaluation_mode(task), torch.no_grad(), torch.random.fork_rng(devices):
        yield
