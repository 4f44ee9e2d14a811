"""The pocket algorithm: the best weights so far are kept."""

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
    """Learn by a rule, and keep the weights that made the fewest training errors so far "in the pocket".

    After every step the errors on all training examples are counted, which costs a pass over them. Between steps the
    network has the weights of the pocket: those are measured, saved and used. Gallant; Aggarwal 1.2.1.1.
    """

    current_weights: list[Tensor] | None = None  # those that the rule goes on with
    fewest: int | None = None  # errors of the pocket

    @torch.no_grad()
    def update(self, batch: Batch, *optimizers: Optimizer) -> Step:
        """Go on from the current weights; put the better ones into the network."""
        weights = list(self.net.parameters())
        if self.fewest is None:
            self.fewest = self.errors()
        pocket = [w.clone() for w in weights]
        put(weights, self.current_weights or pocket)
        with torch.enable_grad():
            result = super().update(batch, *optimizers)
        errors = self.errors()
        self.current_weights = [w.clone() for w in weights]
        if errors < self.fewest:
            self.fewest = errors
        else:
            put(weights, pocket)
        return result

    def errors(self) -> int:
        """Return the number of training examples that the network gets wrong."""
        assert self.stream is not None
        wrong = 0
        with evaluation_mode(self.net):
            for batch in self.stream.loader.epoch(0):
                missed = self.head.predict(self.net(batch.x, batch.mask)) != batch.y
                wrong += int((missed & batch.mask if self.spec.per_step and batch.mask is not None else missed).sum())
        return wrong

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Add what goes on beside the network."""
        super().on_save_checkpoint(checkpoint)
        checkpoint[OURS] |= {"walking": self.current_weights, "fewest": self.fewest}

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Go on from there."""
        super().on_load_checkpoint(checkpoint)
        self.current_weights, self.fewest = checkpoint[OURS]["walking"], checkpoint[OURS]["fewest"]


def put(weights: list[torch.nn.Parameter], values: list[Tensor]) -> None:
    """Write values into parameters, in place."""
    for weight, value in zip(weights, values, strict=True):
        weight.copy_(value)
