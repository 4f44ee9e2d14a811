"""Evaluation of a network during training."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from ..tasks.base import Task
from ..tasks.modes import evaluation_mode


@contextmanager
def isolated_evaluation(task: Task) -> Iterator[None]:
    """Evaluate without gradients, and restore modes and random number generators on exit."""
    devices = [task.device] if task.device.type == "cuda" else []
    with evaluation_mode(task), torch.no_grad(), torch.random.fork_rng(devices):
        yield
