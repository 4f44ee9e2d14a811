"""Averages of the weights over optimizer steps: EMA and SWA."""

from typing import Any

import pytorch_lightning as pl
import torch
from torch import Tensor
from torch.optim.swa_utils import get_ema_multi_avg_fn, get_swa_multi_avg_fn

from ..errors import UserError
from ..tasks.base import Task


class AveragedWeights(pl.Callback):
    """Average the weights over optimizer steps. The averaged weights are validated, saved and evaluated.

    decay: decay of the exponential moving average, average = decay * average + (1 - decay) * weights, which covers
    about 1 / (1 - decay) steps; None = the arithmetic mean (stochastic weight averaging). every_n_steps: optimizer
    steps between two updates; start_epoch: training epochs before the first update.

    The first update copies the weights. The network has the training weights during an epoch and the averaged weights
    between epochs and after training. Checkpoints hold the averaged weights as `state_dict` and the training weights
    in the state of this callback, so that a resumed run continues exactly. Running statistics of batch normalization
    are averaged in the same way. Computes the same as `torch.optim.swa_utils`. Raises UserError for values out of
    range.
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
        self.stored: dict[str, Tensor] = {}  # training weights if `averaged`, else the average

    def on_fit_start(self, trainer: pl.Trainer, task: Task) -> None:  # type: ignore[override]
        """Start from the current weights, or from the state of a resumed run."""
        self.task = task
        self.weights = floating_tensors(task.net)
        stored = self.stored or self.weights
        self.stored = {name: stored[name].to(weight, copy=True) for name, weight in self.weights.items()}
        task.after_step.append(self.step)

    def step(self) -> None:
        """Update the average after an optimizer step."""
        self.steps += 1
        if self.task.current_epoch < self.start_epoch or self.steps % self.every_n_steps:
            return
        average, weights = list(self.stored.values()), list(self.weights.values())
        if self.updates:
            self.update(average, weights, self.updates)
        else:
            torch._foreach_copy_(average, weights)
        self.updates += 1

    def swap(self, *, averaged: bool) -> None:
        """Load the averaged or the training weights into the network. Does nothing before the first update."""
        if averaged == self.averaged or not self.updates:
            return
        for weight, other in zip(self.weights.values(), self.stored.values(), strict=True):
            before = weight.clone()
            weight.copy_(other)
            other.copy_(before)
        self.averaged = averaged

    def on_train_epoch_start(self, trainer: pl.Trainer, task: Task) -> None:  # type: ignore[override]
        """Load the training weights."""
        self.swap(averaged=False)

    def on_train_batch_end(  # type: ignore[override]
        self, trainer: pl.Trainer, task: Task, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Load the averaged weights at the end of an epoch, before validation and figures."""
        if task.cursor is not None and task.cursor.finished:
            self.swap(averaged=True)

    def on_train_end(self, trainer: pl.Trainer, task: Task) -> None:  # type: ignore[override]
        """Load the averaged weights."""
        self.swap(averaged=True)

    def on_fit_end(self, trainer: pl.Trainer, task: Task) -> None:  # type: ignore[override]
        """Stop averaging."""
        task.after_step.remove(self.step)

    def on_save_checkpoint(  # type: ignore[override]
        self, trainer: pl.Trainer, task: Task, checkpoint: dict[str, Any]
    ) -> None:
        """Save the averaged weights as the weights of the network."""
        averaged = self.averaged
        self.swap(averaged=True)
        checkpoint["state_dict"] = {name: value.clone() for name, value in task.state_dict().items()}
        self.swap(averaged=averaged)

    def state_dict(self) -> dict[str, Any]:
        """Return the training weights and the numbers of steps and updates."""
        training = self.stored if self.averaged else self.weights
        weights = {name: weight.clone() for name, weight in training.items()} if self.updates else {}
        return {"steps": self.steps, "updates": self.updates, "weights": weights}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Restore a state. The network has the averaged weights, which were saved as its weights."""
        self.steps, self.updates, self.stored = state_dict["steps"], state_dict["updates"], state_dict["weights"]
        self.averaged = self.updates > 0


def floating_tensors(net: torch.nn.Module) -> dict[str, Tensor]:
    """Return the detached floating-point parameters and buffers by name; shared tensors occur once."""
    named = {**dict(net.named_parameters()), **dict(net.named_buffers())}
    return {name: tensor.detach() for name, tensor in named.items() if tensor.is_floating_point()}
