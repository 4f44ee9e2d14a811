"""Isolation of a run from the settings and random numbers of its process."""

import random
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import numpy as np
import torch

from ..errors import UserError
from ..tasks.random_state import random_state, seed_torch, set_random_state

POLL = 0.05  # seconds between checks for a run in another thread
OTHER_RUN = (
    "a run is active in another thread of this process, but random numbers and settings of PyTorch are shared by the "
    "whole process; start runs in separate processes (nnzoo train, multiprocessing), or one after the other"
)
_lock = threading.RLock()
_runs: list[str] = []  # threads with active runs; several if runs are nested


@contextmanager
def isolated(*, run: bool = False) -> Iterator[int]:
    """Compute with `own_settings` on one thread, and restore random numbers and number of threads on exit.

    Yields the number of threads of the process. run: True if the context trains. Raises UserError if another thread
    trains, and waits for shorter computations.
    """
    with _alone(run=run), own_settings(), ExitStack() as stack:
        stack.callback(set_random_state, random_state())
        threads = torch.get_num_threads()
        stack.callback(torch.set_num_threads, threads)
        torch.set_num_threads(1)
        yield threads


def seed(number: int) -> None:
    """Seed all random number generators. number: from 0 to 2^32 - 1."""
    random.seed(number)
    np.random.seed(number)
    seed_torch(number)


@contextmanager
def own_settings() -> Iterator[None]:
    """Compute in float32, on the CPU and with gradients, whatever the settings of the process."""
    with ExitStack() as stack:
        stack.callback(torch.set_default_dtype, torch.get_default_dtype())
        torch.set_default_dtype(torch.float32)
        stack.enter_context(torch.inference_mode(False))  # also ends no_grad
        for device in ("cpu", "cuda"):
            if torch.is_autocast_enabled(device):
                stack.enter_context(torch.autocast(device, enabled=False))
        if torch.get_default_device().type != "cpu":  # only if needed: this context slows every operation
            stack.enter_context(torch.device("cpu"))
        yield


@contextmanager
def _alone(*, run: bool) -> Iterator[None]:
    """Allow only one thread to compute."""
    while not _lock.acquire(timeout=POLL):
        if _runs:
            raise UserError(OTHER_RUN)
    try:
        if run:
            _runs.append(threading.current_thread().name)
        yield
    finally:
        if run:
            _runs.pop()
        _lock.release()
