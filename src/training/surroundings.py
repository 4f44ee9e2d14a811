"""The process around a run: its settings and random numbers are set aside and given back."""

import random
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import numpy as np
import torch

from ..errors import UserError
from ..tasks.random_state import random_state, set_random_state

POLL = 0.05  # seconds between two looks at whether a run has begun in another thread
OTHER_RUN = (
    "a run is going on in another thread of this process, and random numbers and settings of PyTorch belong to the "
    "whole process; start runs in processes of their own (nnzoo train, multiprocessing), or one after the other"
)
_lock = threading.RLock()
_runs: list[str] = []  # the threads in which runs are going on: one, or one inside the other


@contextmanager
def isolated(*, run: bool = False) -> Iterator[int]:
    """Compute with `own_settings` on one thread, and give the process back its random numbers and threads.

    Yields the number of threads that the process computes with. run: training goes on inside, which may take long.
    Raises UserError if a run is going on in another thread; what is short is waited for.
    """
    with _alone(run=run), own_settings(), ExitStack() as stack:
        stack.callback(set_random_state, random_state())
        threads = torch.get_num_threads()
        stack.callback(torch.set_num_threads, threads)
        torch.set_num_threads(1)
        yield threads


def seed(number: int) -> None:
    """Begin the random numbers of a run. Raises UserError if out of range."""
    if not 0 <= number < 1 << 32:
        raise UserError(f"seed is {number}; it must be from 0 to {(1 << 32) - 1}")
    random.seed(number)
    np.random.seed(number)
    torch.manual_seed(number)


@contextmanager
def own_settings() -> Iterator[None]:
    """Compute in float32, on the CPU and with gradients, whatever the process has set."""
    with ExitStack() as stack:
        stack.callback(torch.set_default_dtype, torch.get_default_dtype())
        torch.set_default_dtype(torch.float32)
        stack.enter_context(torch.inference_mode(False))  # ends no_grad as well
        for device in ("cpu", "cuda"):
            if torch.is_autocast_enabled(device):
                stack.enter_context(torch.autocast(device, enabled=False))
        if torch.get_default_device().type != "cpu":  # not always: such a context costs each operation a little
            stack.enter_context(torch.device("cpu"))
        yield


@contextmanager
def _alone(*, run: bool) -> Iterator[None]:
    """Let one thread compute at a time."""
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
