"""The learning-rate range test: the learning rate grows from step to step while the loss is recorded."""

import math
from collections.abc import Sequence

import pytorch_lightning as pl

from ..tasks.base import Task

SMOOTHING = 0.9  # decay of the exponential average of the loss; with 0.98 it would lag behind by half of 100 steps
DIVERGED = 4.0  # the test stops if the smoothed loss is this many times its minimum


class RangeTest(pl.Callback):
    """Set the learning rate of each optimizer step, record the loss before it, and stop training at divergence.

    rates: the learning rates, as values of optimizer.lr; base: optimizer.lr of the config. Parameter groups with other
    learning rates keep their ratio to it. losses: the loss of each step; smoothed: their exponential average, corrected
    for its start at 0; diverged: whether the loss was not finite or the smoothed loss exceeded four times its minimum.
    Needs trainer.steps_per_slice=1. Smith 2017.
    """

    def __init__(self, *, rates: Sequence[float], base: float) -> None:
        self.rates = rates
        self.base = base
        self.losses: list[float] = []
        self.smoothed: list[float] = []
        self.average = 0.0
        self.diverged = False

    def on_train_start(self, trainer: pl.Trainer, task: Task) -> None:  # type: ignore[override]
        """Set the first learning rate."""
        self.trainer, self.task = trainer, task
        groups = [group for optimizer in task.optimizer_list() for group in optimizer.param_groups]
        self.groups = [(group, group["lr"] / self.base) for group in groups]
        task.after_step.append(self.record)
        self.set_rate()

    def set_rate(self) -> None:
        """Set the learning rate of the next step."""
        rate = self.rates[len(self.losses)]
        for group, ratio in self.groups:
            group["lr"] = rate * ratio

    def record(self) -> None:
        """Record the loss of a step, and set the next learning rate or stop."""
        steps = self.task.accumulators["train"].buffer  # several with trainer.accumulate_grad_batches
        weights = [int(each.weight) for each in steps]
        loss = sum(float(each.step.loss) * n for each, n in zip(steps, weights, strict=True)) / sum(weights)
        self.average = SMOOTHING * self.average + (1 - SMOOTHING) * loss
        self.losses.append(loss)
        self.smoothed.append(self.average / (1 - SMOOTHING ** len(self.losses)))
        least = min(self.smoothed)
        self.diverged = not math.isfinite(loss) or self.smoothed[-1] > DIVERGED * least > 0
        if self.diverged or len(self.losses) == len(self.rates):
            self.trainer.should_stop = True
        else:
            self.set_rate()
