"""Early stopping, and why a run stopped."""

from typing import Any

import pytorch_lightning as pl
from pytorch_lightning import callbacks
from pytorch_lightning.callbacks.early_stopping import EarlyStoppingReason as Reason

from ..formatting import format_number

OTHERWISE = "a callback asked for it"


class EarlyStopping(callbacks.EarlyStopping):
    """Lightning's `EarlyStopping`; a run that is resumed is judged by the settings that it has now.

    So one that had stopped goes on with more patience, or with another threshold. The name is Lightning's, since
    checkpoints hold the state under it.
    """

    threshold_before: float | None = None  # of the run before it was resumed

    @property
    def stopped(self) -> bool:
        """Whether it stops the run."""
        return self.stopping_reason != Reason.NOT_STOPPED

    @property
    def why(self) -> str:
        """Why it stopped the run, in one line."""
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
        """Let a run that had stopped go on if the settings of now do not stop it."""
        if self.stopping_reason == Reason.PATIENCE_EXHAUSTED:
            still = self.wait_count >= self.patience
        elif self.stopping_reason == Reason.STOPPING_THRESHOLD:
            still = self.stopping_threshold == self.threshold_before
        else:
            return
        if not still:
            self.stopping_reason = Reason.NOT_STOPPED
            trainer.should_stop = any(each.stopped for each in stoppers(trainer))

    def state_dict(self) -> dict[str, Any]:
        """Return Lightning's state and the threshold."""
        return {**super().state_dict(), "stopping_threshold": self.stopping_threshold}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from a state, with the patience of now."""
        patience = self.patience
        super().load_state_dict(state_dict)
        self.patience = patience
        self.threshold_before = state_dict.get("stopping_threshold", self.stopping_threshold)


def stoppers(trainer: pl.Trainer) -> list[EarlyStopping]:
    """Return the callbacks that stop a run early."""
    return [each for each in trainer.early_stopping_callbacks if isinstance(each, EarlyStopping)]


def why_stopped(trainer: pl.Trainer, *, steps_before: int) -> str:
    """Return when and why training stopped early, empty if it did not; steps_before: those of the run before it.

    Of a run that was resumed and had stopped before, it says how to go on.
    """
    if not trainer.should_stop:
        return ""
    reasons = [each.why for each in stoppers(trainer) if each.stopped] or [OTHERWISE]
    text = f"stopped early after {trainer.current_epoch} epochs: {', and '.join(reasons)}"
    if steps_before == trainer.global_step:
        text += "; nothing was trained: more patience or another threshold goes on"
    return text
