"""How what a network does came about: the same look at it again and again, side by side in the end."""

from abc import ABC, abstractmethod
from functools import partial
from typing import ClassVar

import pytorch_lightning as pl
from matplotlib.figure import Figure
from torch import Tensor

from ..tasks.base import Task
from .figures import checked, show
from .pictures.examples import Examples

POINTS = 500  # training examples that are drawn, at most


class Snapshots(pl.Callback, ABC):
    """Look at a network before training, after epochs 1, 2, 4, 8, 16 ... and in the end, and draw all of it.

    name: of the figure. Checkpoints have what was seen so far, and a resumed run goes on with it. dpi: dots per inch,
    of a figure that is 4.5 inches wide.
    """

    name: ClassVar[str]

    def __init__(self, *, dpi: int = 150) -> None:
        self.dpi = checked(dpi)
        self.seen: dict[int, Tensor] = {}  # by epochs done
        self.epoch = 0  # epochs done

    @abstractmethod
    def applies(self, task: Task) -> bool:
        """Tell whether there is something to look at."""

    @abstractmethod
    def look(self, trainer: pl.Trainer, task: Task) -> Tensor:
        """Return what the network does now."""

    @abstractmethod
    def draw(self, trainer: pl.Trainer, task: Task, seen: dict[str, Tensor]) -> Figure:
        """Draw what was seen, by the names of the times."""

    def on_train_start(self, trainer: pl.Trainer, task: Task) -> None:  # type: ignore[override]
        """Look at the network before it has learned, unless a run is resumed."""
        self.epoch = trainer.current_epoch
        if trainer.global_step == 0 and self.applies(task):
            self.seen[0] = self.look(trainer, task)

    def on_train_epoch_end(self, trainer: pl.Trainer, task: Task) -> None:  # type: ignore[override]
        """Look at the network after some epochs."""
        if task.cursor is None or not task.cursor.finished:
            return
        self.epoch = trainer.current_epoch + 1
        if self.epoch & (self.epoch - 1) == 0 and self.applies(task):
            self.seen[self.epoch] = self.look(trainer, task)

    def on_train_end(self, trainer: pl.Trainer, task: Task) -> None:  # type: ignore[override]
        """Draw what was seen, and the end."""
        if not trainer.is_global_zero or not self.applies(task):
            return
        assert task.cursor is not None
        end = f"epoch {self.epoch}" if task.cursor.finished else "end"  # which may be amid an epoch
        seen = {f"epoch {epoch}": each for epoch, each in sorted(self.seen.items())}
        seen[end] = self.look(trainer, task)
        show(trainer, self.name, partial(self.draw, trainer, task, seen), self.epoch, self.dpi)

    def state_dict(self) -> dict[str, Tensor]:
        """Return what was seen so far, by epoch as a string."""
        return {str(epoch): each for epoch, each in self.seen.items()}

    def load_state_dict(self, state_dict: dict[str, Tensor]) -> None:
        """Go on from there."""
        self.seen = {int(epoch): each for epoch, each in state_dict.items()}


def examples(trainer: pl.Trainer, task: Task) -> Examples:
    """Return the training examples."""
    assert task.cursor is not None
    return Examples(trainer, task, task.cursor.loader)
