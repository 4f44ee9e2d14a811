"""Averages of the weights over optimizer steps: EMA and SWA."""

from typing import Any

import pytorch_lightning as pl
import torch
from torch import Tensor
from torch.optim.swa_utils import get_ema_multi_avg_fn, get_swa_multi_avg_fn

from ..errors import UserError
from ..tasks.base import Task


class AveragedWeights(pl.Callback):
    """Average the weights over optimizer steps; the average is what is validated, saved and measured.

    decay: of an exponential moving average, average = decay * average + (1 - decay) * weights, a memory of about
    1 / (1 - decay) steps; None = the mean with equal weights (stochastic weight averaging). every_n_steps: optimizer
    steps from one update to the next; start_epoch: epochs of training before the first.

    The first update copies the weights. Within an epoch the network has the weights of training, between epochs and at
    the end the averaged ones; checkpoints hold these as `state_dict` and the others beside them, so that a resumed run
    goes on exactly. Running statistics of batch normalization are averaged alike. `torch.optim.swa_utils` computes
    the same. Raises UserError for values out of range.
    """

    def __init__(self, *, decay: float | None = 0.99, every_n_steps: int = 1, start_epoch: int = 0) -> None:
        if decay is not None and not 0 <= decay < 1:
            raise UserError(f"decay is {decay}; it must be at least 0 and below 1, or null for equal weights")
        if every_n_steps < 1:
            raise UserError(f"every_n_steps is {every_n_steps}; it must be at least 1")
        if start_epoch < 0:
            raise UserError(f"start_epoch is {start_epoch}; it must be at least 0")
        self.update = get_swa_multi_avg_fn() if decay is None else get_ema_multi_avg_fn(decay)
        self.every_n_steps = every_n_steps
        self.start_epoch = start_epoch
        self.steps = 0
        self.updates = 0
        self.averaged = False  # whether the network has the averaged weights
        self.others: dict[str, Tensor] = {}  # the average, or the weights of training while the network has the average

    def on_fit_start(self, trainer: pl.Trainer, task: Task) -> None:  # type: ignore[override]
        """Begin from the weights as they are, or go on with a run that is resumed."""
        self.task = task
        self.weights = floating(task.net)
        others = self.others or self.weights
        self.others = {name: others[name].to(weight, copy=True) for name, weight in self.weights.items()}
        task.after_step.append(self.step)

    def step(self) -> None:
        """Take the weights after an optimizer step into the average."""
        self.steps += 1
        if self.task.current_epoch < self.start_epoch or self.steps % self.every_n_steps:
            return
        average, weights = list(self.others.values()), list(self.weights.values())
        if self.updates:
            self.update(average, weights, self.updates)
        else:
            torch._foreach_copy_(average, weights)
        self.updates += 1

    def put(self, averaged: bool) -> None:
        """Give the network the averaged weights, or those of training; before the first update there is no average."""
        if averaged == self.averaged or not self.updates:
            return
        for weight, other in zip(self.weights.values(), self.others.values(), strict=True):
            before = weight.clone()
            weight.copy_(other)
            other.copy_(before)
        self.averaged = averaged

    def on_train_epoch_start(self, trainer: pl.Trainer, task: Task) -> None:  # type: ignore[override]
        """Go on with the weights of training."""
        self.put(averaged=False)

    def on_train_batch_end(  # type: ignore[override]
        self, trainer: pl.Trainer, task: Task, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """At the end of an epoch, give the network the average: it is validated and drawn."""
        if task.cursor is not None and task.cursor.finished:
            self.put(averaged=True)

    def on_train_end(self, trainer: pl.Trainer, task: Task) -> None:  # type: ignore[override]
        """Leave the network with the average."""
        self.put(averaged=True)

    def on_fit_end(self, trainer: pl.Trainer, task: Task) -> None:  # type: ignore[override]
        """Follow no further steps."""
        task.after_step.remove(self.step)

    def on_save_checkpoint(  # type: ignore[override]
        self, trainer: pl.Trainer, task: Task, checkpoint: dict[str, Any]
    ) -> None:
        """Save the averaged weights as those of the network."""
        averaged = self.averaged
        self.put(averaged=True)
        checkpoint["state_dict"] = {name: value.clone() for name, value in task.state_dict().items()}
        self.put(averaged=averaged)

    def state_dict(self) -> dict[str, Any]:
        """Return the weights of training, and how many steps and updates there were."""
        training = self.others if self.averaged else self.weights
        weights = {name: weight.clone() for name, weight in training.items()} if self.updates else {}
        return {"steps": self.steps, "updates": self.updates, "weights": weights}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from there: the network has the averaged weights, which were saved as its own."""
        self.steps, self.updates, self.others = state_dict["steps"], state_dict["updates"], state_dict["weights"]
        self.averaged = self.updates > 0


def floating(net: torch.nn.Module) -> dict[str, Tensor]:
    """Return parameters and buffers of floating-point numbers by name, shared ones once, without their history."""
    named = {**dict(net.named_parameters()), **dict(net.named_buffers())}
    return {name: tensor.detach() for name, tensor in named.items() if tensor.is_floating_point()}
