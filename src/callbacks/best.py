"""best.ckpt: ties are broken by the loss."""

from typing import Any

import pytorch_lightning as pl
from pytorch_lightning import callbacks
from torch import Tensor


class ModelCheckpoint(callbacks.ModelCheckpoint):
    """Lightning's `ModelCheckpoint`, where the loss of the same split decides between equal values of the metric.

    A few errors on a few examples often tie. If the losses are equal, too, the earlier epoch stays. With `save_top_k`
    other than 1 ties are not broken. The name is Lightning's, since checkpoints hold the state under it.
    """

    loss: float | None = None  # of the weights that were saved

    def check_monitor_top_k(self, trainer: pl.Trainer, current: Tensor | None = None) -> bool:
        """Tell whether weights with a value of the metric are to be saved."""
        loss = float(trainer.callback_metrics[f"{str(self.monitor).partition('/')[0]}/loss"])
        better = super().check_monitor_top_k(trainer, current)
        if not better and self.save_top_k == 1 and self.loss is not None:
            better = current is not None and bool(current == self.best_model_score) and loss < self.loss
        if better:
            self.loss = loss
        return better

    def state_dict(self) -> dict[str, Any]:
        """Return Lightning's state and the loss."""
        return {**super().state_dict(), "loss": self.loss}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from a state, also from one of Lightning's own class."""
        super().load_state_dict(state_dict)
        self.loss = state_dict.get("loss")
