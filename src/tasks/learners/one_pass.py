"""Base class of tasks that compute a solution in one pass over the data."""

from abc import abstractmethod
from collections.abc import Iterable
from typing import ClassVar

import torch

from ...spec import Batch
from ..base import Task
from ..batch_cursor import BatchCursor
from ..modes import evaluation_mode


class OnePass(Task):
    """An epoch is one pass over the data, one solution and one optimizer step without a gradient.

    Training metrics are those of the solution. ignores: settings of the config that have no effect; one_epoch: whether
    further epochs find the same solution.
    """

    reports_penalties: ClassVar[bool] = False  # they have no effect
    one_epoch: ClassVar[bool] = True
    ignores: ClassVar[frozenset[str]] = frozenset(
        {
            "freeze",
            "lr_factors",
            "optimizer",
            "scheduler",
            "penalties",
            "trainer.gradient_clip_val",
            "trainer.gradient_clip_algorithm",
            "trainer.engine",
            "trainer.compile",
            "trainer.steps_per_slice",
        }
    )

    @abstractmethod
    def solve(self, batches: Iterable[Batch]) -> None:
        """Write the solution into the network."""

    def why_not_accumulated(self) -> str | None:
        """Return why a step cannot use several batches."""
        return "a closed form uses all batches of an epoch"

    @torch.no_grad()
    def training_step(self, cursor: BatchCursor, _: int) -> None:
        """Solve, and compute the metrics of the solution in a second pass."""
        if cursor.finished:  # Lightning prefetches a batch to find the end
            return
        self.solve(cursor.peek())
        with evaluation_mode(self.net):
            for (batch,) in cursor.consume():
                self.measure_some("train", self.trainer.precision_plugin.convert_input(batch))
            self.flush("train")
        self.optimizers().step()  # type: ignore[union-attr]  # there are no gradients; the step is counted
