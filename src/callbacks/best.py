"""Checkpoint of the best weights; the loss breaks ties."""

from typing import Any

import pytorch_lightning as pl
import torch
from pytorch_lightning import callbacks
from torch import Tensor

from ..errors import UserError


class ModelCheckpoint(callbacks.ModelCheckpoint):
    """Lightning's `ModelCheckpoint`, except that the loss of the same split breaks ties of the metric.

    Ties are frequent on small data sets. If the losses are equal as well, the earlier epoch is kept. Ties are broken
    only with `save_top_k=1`. The class has Lightning's name because checkpoints store its state under that name.
    """

    loss: float | None = None  # of the saved weights

    def check_monitor_top_k(self, trainer: pl.Trainer, current: Tensor | None = None) -> bool:
        """Return whether to save weights with a value of the metric."""
        loss = float(trainer.callback_metrics[f"{str(self.monitor).partition('/')[0]}/loss"])
        better = super().check_monitor_top_k(trainer, current)
        if not better and self.save_top_k == 1 and self.loss is not None:
            better = current is not None and bool(current == self.best_model_score) and loss < self.loss
        if better:
            self.loss = loss
        return better

    def _monitor_candidates(self, trainer: pl.Trainer) -> dict[str, Tensor]:
        """Return the metrics, with epoch and step for the name of the file; Lightning would copy all tensors."""
        place = {"epoch": torch.tensor(trainer.current_epoch), "step": torch.tensor(trainer.global_step)}
        return trainer.callback_metrics | place

    def state_dict(self) -> dict[str, Any]:
        """Return Lightning's state and the loss of the saved weights."""
        return {**super().state_dict(), "loss": self.loss}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Restore a state, which may be one of Lightning's own class."""
        if not isinstance(loss := state_dict.get("loss"), float | None):
            raise UserError("the checkpoint is damaged: the loss of ModelCheckpoint is not a number")
        super().load_state_dict(state_dict)
        self.loss = loss
