"""Early stopping, and the reason why a run stopped."""

from typing import Any

import pytorch_lightning as pl
from pytorch_lightning import callbacks
from pytorch_lightning.callbacks.early_stopping import EarlyStoppingReason as Reason

from ..formatting import format_number

OTHER_REASON = "a callback requested it"


class EarlyStopping(callbacks.EarlyStopping):
    """Lightning's `EarlyStopping`, except that a resumed run uses its current settings, not those in the checkpoint.

    A run that stopped early can therefore continue with more patience or another threshold. The class has Lightning's
    name because checkpoints store its state under that name.
    """

    saved_threshold: float | None = None  # `stopping_threshold` in the checkpoint

    @property
    def stopped(self) -> bool:
        """Whether this callback stopped the run."""
        return self.stopping_reason != Reason.NOT_STOPPED

    @property
    def reason(self) -> str:
        """Why this callback stopped the run, in one line."""
        times = "epochs" if self.monitor.startswith("train/") else "validations"
        if self.stopping_reason == Reason.PATIENCE_EXHAUSTED:
            best = format_number(float(self.best_score))
            return f"{self.monitor} did not improve in {self.wait_count} {times}; best {best}"
        if self.stopping_reason == Reason.STOPPING_THRESHOLD:
            return f"{self.monitor} passed stopping_threshold={self.stopping_threshold}"
        if self.stopping_reason == Reason.DIVERGENCE_THRESHOLD:
            return f"{self.monitor} passed divergence_threshold={self.divergence_threshold}"
        return f"{self.monitor} is not finite"

    def on_fit_start(self, trainer: pl.Trainer, task: pl.LightningModule) -> None:
        """Continue a run that had stopped if the current settings do not stop it."""
        if self.stopping_reason == Reason.PATIENCE_EXHAUSTED:
            still = self.wait_count >= self.patience
        elif self.stopping_reason == Reason.STOPPING_THRESHOLD:
            still = self.stopping_threshold == self.saved_threshold
        else:
            return
        if not still:
            self.stopping_reason = Reason.NOT_STOPPED
            trainer.should_stop = any(each.stopped for each in early_stopping_callbacks(trainer))

    def state_dict(self) -> dict[str, Any]:
        """Return Lightning's state and `stopping_threshold`."""
        return {**super().state_dict(), "stopping_threshold": self.stopping_threshold}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Restore a state, but keep the current patience."""
        patience = self.patience
        super().load_state_dict(state_dict)
        self.patience = patience
        self.saved_threshold = state_dict.get("stopping_threshold", self.stopping_threshold)


def early_stopping_callbacks(trainer: pl.Trainer) -> list[EarlyStopping]:
    """Return the early-stopping callbacks of a trainer."""
    return [each for each in trainer.early_stopping_callbacks if isinstance(each, EarlyStopping)]


def early_stop_message(trainer: pl.Trainer, *, steps_before: int) -> str:
    """Return when and why training stopped early, or "" if it did not.

    steps_before: optimizer steps before the run was resumed. If a resumed run stopped at once, the message says how to
    continue.
    """
    if not trainer.should_stop:
        return ""
    reasons = [each.reason for each in early_stopping_callbacks(trainer) if each.stopped] or [OTHER_REASON]
    text = f"stopped early after {trainer.current_epoch} epochs: {', and '.join(reasons)}"
    if steps_before == trainer.global_step:
        text += "; nothing was trained; increase patience or change stopping_threshold to continue"
    return text
