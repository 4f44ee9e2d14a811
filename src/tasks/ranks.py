"""The processes that train one network together: each computes the gradient on its part of every batch.

Shapes: B examples of a batch.
"""

from collections.abc import Iterable
from typing import Any, TypeVar

import torch
from torch import Tensor, nn
from torch import distributed as dist

from ..errors import UserError
from ..spec import Batch
from .random_state import random_state, set_random_state

T = TypeVar("T")


class Ranks:
    """The group of processes as one of them sees it: all have the same weights and read the same batches.

    The default process group of `torch.distributed` must exist. rank: number of this process; size: number of
    processes. All processes must call the same methods in the same order, except `part` and `seed`.
    """

    def __init__(self) -> None:
        self.rank = dist.get_rank()
        self.size = dist.get_world_size()

    def part(self, batch: Batch) -> Batch | None:
        """Return the examples of a batch (B, ...) for this process; None if it gets none, since B < size."""
        n = len(batch.y)
        first, end = self.rank * n // self.size, (self.rank + 1) * n // self.size
        return batch.rows(slice(first, end)) if first < end else None

    def sum_gradients(self, parameters: Iterable[nn.Parameter]) -> None:
        """Replace each gradient by the sum over the processes; a gradient that no process has stays None.

        One reduction of all gradients, after the backward pass: `DistributedDataParallel` expects one backward pass per
        forward pass of the whole module, and averages gradients, which is wrong for parts of different sizes.
        """
        parameters = list(parameters)
        present = [float(p.grad is not None) for p in parameters]
        parts = [torch.zeros_like(p) if p.grad is None else p.grad.to_dense() for p in parameters]
        flat = torch.cat([*(part.flatten() for part in parts), parts[0].new_tensor(present)])
        dist.all_reduce(flat)
        *sums, counts = flat.split([*(p.numel() for p in parameters), len(parameters)])
        for parameter, total, count in zip(parameters, sums, counts.tolist(), strict=True):
            parameter.grad = total.view_as(parameter) if count else None

    def copy(self, tensors: Iterable[Tensor]) -> None:
        """Give all processes the values that process 0 has."""
        for tensor in tensors:
            dist.broadcast(tensor.detach(), 0)

    def gather(self, value: T) -> list[T]:
        """Return the values of all processes."""
        found: list[Any] = [None] * self.size
        dist.all_gather_object(found, value)
        return found

    def broadcast(self, value: T) -> T:
        """Return the value of process 0."""
        found = [value]
        dist.broadcast_object_list(found, 0)
        return found[0]

    # Checkpoints

    def seed(self) -> None:
        """Give each process random numbers of its own, for dropout and the like. Process 0 keeps its own."""
        if self.rank:
            torch.manual_seed(torch.initial_seed() + self.rank)

    def states(self, state: Any) -> list[dict[str, Any]]:
        """Return, for a checkpoint, random numbers and state of a recurrent network of each process."""
        return self.gather({"random": random_state(), "state": state})

    def restore(self, states: list[dict[str, Any]] | None) -> Any:
        """Restore the random numbers of this process and return its recurrent state; states: see `states`.

        Processes that the checkpoint does not have get new random numbers.
        """
        if states is None or len(states) != self.size:
            self.seed()
            return None
        set_random_state(states[self.rank]["random"])
        return states[self.rank]["state"]


def check_processes(ours: dict[str, Any], size: int) -> None:
    """Raise UserError for a checkpoint inside a text or sequence of another number of processes than `size`.

    Each process has the state of a recurrent network for its own rows of a batch.
    """
    saved = len(ours.get("ranks", [None]))
    if saved != size and ours["state"] is not None and ours["stream"]["done"]:
        raise UserError(
            f"the run stopped inside an epoch of {saved} process{'es' * (saved > 1)}, each with a state of the network "
            f"for its own rows; resume it with trainer.devices={saved}"
        )
