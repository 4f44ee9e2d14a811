"""What the training loop asks of a task."""

from abc import abstractmethod
from collections.abc import Sequence

import pytorch_lightning as pl
import torch
from torch import Tensor
from torch.optim import Optimizer

from ..spec import Batch
from .engines.blocks import BlockSteps
from .step import Step


class TaskInterface(pl.LightningModule):
    """What a task defines: its parameters, its steps, and what is measured."""

    @abstractmethod
    def groups(self) -> list[list[torch.nn.Parameter]]:
        """Return the parameters of each optimizer."""

    @abstractmethod
    def update(self, batch: Batch, *optimizers: Optimizer) -> Step:
        """Take one step with the optimizer of each group; return the loss and outputs before the step."""

    @abstractmethod
    def accumulate(self, batches: Sequence[Batch], *optimizers: Optimizer) -> list[Step]:
        """Take one step with the gradient on several batches together; return the steps of the batches before it."""

    @abstractmethod
    def update_together(self, parts: Sequence[Batch | None], total: int, *optimizers: Optimizer) -> list[Step]:
        """Take one step with the gradient of all processes; return the steps of the parts of this one before it.

        parts: of the batches, None where this process has none; total: number of examples, real steps or known entries
        of the batches.
        """

    @abstractmethod
    def count(self, batch: Batch) -> int:
        """Return the number of examples, real steps or known entries in the mean loss of a batch."""

    @abstractmethod
    def measure(self, split: str, batch: Batch) -> None:
        """Add a batch to the metrics of a split, which are up to date after `flush`."""

    @abstractmethod
    def predictions(self, output: Tensor) -> Tensor:
        """Return the predictions for the outputs of a step."""

    @abstractmethod
    def actual(self, target: Tensor) -> Tensor:
        """Return the targets of a batch in the form of predictions."""

    def block_steps(self, optimizers: Sequence[Optimizer]) -> BlockSteps | None:
        """Return what takes many steps at once, None if the steps need to be taken one by one."""
        return None
