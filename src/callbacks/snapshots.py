"""Snapshots of a network during training, drawn side by side at the end."""

from abc import ABC, abstractmethod
from functools import partial
from typing import ClassVar

import pytorch_lightning as pl
from matplotlib.figure import Figure
from torch import Tensor

from ..tasks.base import Task
from .figures import save_figure, validated_dpi
from .pictures.examples import Examples

POINTS = 500  # maximum number of training examples in a figure


class Snapshots(pl.Callback, ABC):
    """Capture a tensor before training, after epochs 1, 2, 4, 8, 16 ... and after training, and draw all of them.

    name: name of the figure. Checkpoints store the captured tensors, and a resumed run continues with them. dpi: dots
    per inch of a figure 4.5 inches wide.
    """

    name: ClassVar[str]

    def __init__(self, *, dpi: int = 150) -> None:
        self.dpi = validated_dpi(dpi)
        self.captured: dict[int, Tensor] = {}  # number of finished epochs -> tensor
        self.epoch = 0  # number of finished epochs

    @abstractmethod
    def applies(self, task: Task) -> bool:
        """Return whether the network and its data have this figure."""

    @abstractmethod
    def capture(self, trainer: pl.Trainer, task: Task) -> Tensor:
        """Return the tensor to draw for the current weights."""

    @abstractmethod
    def draw(self, trainer: pl.Trainer, task: Task, captured: dict[str, Tensor]) -> Figure:
        """Draw the captured tensors, which are named by epoch."""

    def on_train_start(self, trainer: pl.Trainer, task: Task) -> None:  # type: ignore[override]
        """Capture the untrained network, unless the run is resumed."""
        self.epoch = trainer.current_epoch
        if trainer.global_step == 0 and self.applies(task):
            self.captured[0] = self.capture(trainer, task)

    def on_train_epoch_end(self, trainer: pl.Trainer, task: Task) -> None:  # type: ignore[override]
        """Capture the network after epochs 1, 2, 4, 8, 16 ..."""
        if task.cursor is None or not task.cursor.finished:
            return
        self.epoch = trainer.current_epoch + 1
        if self.epoch & (self.epoch - 1) == 0 and self.applies(task):
            self.captured[self.epoch] = self.capture(trainer, task)

    def on_train_end(self, trainer: pl.Trainer, task: Task) -> None:  # type: ignore[override]
        """Capture the trained network and draw the figure."""
        if not trainer.is_global_zero or not self.applies(task):
            return
        assert task.cursor is not None
        end = f"epoch {self.epoch}" if task.cursor.finished else "end"  # training may end within an epoch
        captured = {f"epoch {epoch}": each for epoch, each in sorted(self.captured.items())}
        captured[end] = self.capture(trainer, task)
        save_figure(trainer, self.name, partial(self.draw, trainer, task, captured), self.epoch, self.dpi)

    def state_dict(self) -> dict[str, Tensor]:
        """Return the captured tensors by epoch as a string."""
        return {str(epoch): each for epoch, each in self.captured.items()}

    def load_state_dict(self, state_dict: dict[str, Tensor]) -> None:
        """Restore the captured tensors of a resumed run."""
        self.captured = {int(epoch): each for epoch, each in state_dict.items()}


def examples(trainer: pl.Trainer, task: Task) -> Examples:
    """Return the training examples."""
    assert task.cursor is not None
    return Examples(trainer, task, task.cursor.loader)
