"""The pocket algorithm, which keeps the best weights so far."""

from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer

from ...runs.checkpoint import OURS
from ...spec import Batch
from ..modes import evaluation_mode
from ..step import Step
from .rule import RuleTask


class Pocket(RuleTask):
    """Learn by a rule and keep "in the pocket" the weights with the fewest training errors so far.

    After each step the errors on all training examples are counted, which costs a pass over them. Between steps the
    network has the weights of the pocket, which are evaluated and saved. Gallant; Aggarwal 1.2.1.1.
    """

    current_weights: list[Tensor] | None = None  # the weights that the rule updates
    fewest_errors: int | None = None  # of the weights in the pocket

    def why_not_accumulated(self) -> str | None:
        """Return why a step cannot use several batches."""
        return "the pocket algorithm counts the training errors after every batch"

    @torch.no_grad()
    def update(self, batch: Batch, *optimizers: Optimizer) -> Step:
        """Update the current weights; leave the better ones, current or pocket, in the network."""
        weights = list(self.net.parameters())
        if self.fewest_errors is None:
            self.fewest_errors = self.errors()
        pocket = [w.clone() for w in weights]
        copy_into(weights, self.current_weights or pocket)
        with torch.enable_grad():
            result = super().update(batch, *optimizers)
        errors = self.errors()
        self.current_weights = [w.clone() for w in weights]
        if errors < self.fewest_errors:
            self.fewest_errors = errors
        else:
            copy_into(weights, pocket)
        return result

    def errors(self) -> int:
        """Return the number of training examples that the network misclassifies."""
        assert self.cursor is not None
        wrong = 0
        with evaluation_mode(self.net):
            for batch in self.cursor.loader.epoch(0):
                missed = self.head.predict(self.net(batch.x, batch.mask)) != batch.y
                wrong += int((missed & batch.mask if self.spec.per_step and batch.mask is not None else missed).sum())
        return wrong

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Add the current weights and the errors of the pocket."""
        super().on_save_checkpoint(checkpoint)
        checkpoint[OURS] |= {"walking": self.current_weights, "fewest": self.fewest_errors}

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Restore the current weights and the errors of the pocket."""
        super().on_load_checkpoint(checkpoint)
        self.current_weights, self.fewest_errors = checkpoint[OURS]["walking"], checkpoint[OURS]["fewest"]


def copy_into(weights: list[torch.nn.Parameter], values: list[Tensor]) -> None:
    """Copy values into parameters in place."""
    for weight, value in zip(weights, values, strict=True):
        weight.copy_(value)
