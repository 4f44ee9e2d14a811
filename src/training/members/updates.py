"""Optimizer steps of several members at once, whose settings may differ.

Shapes: M members, P weights of each.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.optim import SGD, Adam, AdamW, Optimizer

from .stack import Stack

Number = float | Tensor
"""A setting: a number if all members have the same value, else float64 (M, 1)."""


class Updates(ABC):
    """Takes the optimizer steps of the members.

    optimizers: one of each member, from which the settings are read and into which `store` writes the state.
    """

    def __init__(self, optimizers: Sequence[Optimizer], stack: Stack) -> None:
        self.optimizers = list(optimizers)
        self.stack = stack
        self.read_settings()

    @abstractmethod
    def read_settings(self) -> None:
        """Read the settings of the optimizers, which learning-rate schedules change."""

    @abstractmethod
    def store(self, row: int) -> None:
        """Write the state of a member into its optimizer."""

    @abstractmethod
    def step(self) -> None:
        """Change the weights of the stack by its gradients."""

    @abstractmethod
    def keep(self, rows: Sequence[int]) -> None:
        """Keep some of the members, as `Stack.keep`, which comes first."""

    def setting(self, name: str, index: int | None = None) -> Number:
        """Return a setting of the optimizers; index: of a setting with several numbers."""
        found = [optimizer.param_groups[0][name] for optimizer in self.optimizers]
        values = [float(value if index is None else value[index]) for value in found]
        if len(set(values)) == 1:
            return values[0]
        return torch.tensor(values, dtype=torch.float64, device=self.stack.weights.device)[:, None]

    def as_weights(self, number: Number) -> Number:
        """Return a number in the type of the weights."""
        return number.to(self.stack.weights.dtype) if isinstance(number, Tensor) else number


class OwnUpdates(Updates):
    """Each member takes the step of its own optimizer, one after another."""

    def read_settings(self) -> None:
        """Do nothing: the optimizers read their settings."""

    def store(self, row: int) -> None:
        """Do nothing: the optimizers have their states."""

    def step(self) -> None:
        """See `Updates`."""
        for optimizer in self.optimizers:
            optimizer.step()

    def keep(self, rows: Sequence[int]) -> None:
        """See `Updates`."""
        self.optimizers = [self.optimizers[row] for row in rows]


class StackedUpdates(Updates):
    """Steps of all members with the operations of one. moments: tensors (M, P) by their names in the optimizer."""

    def __init__(self, optimizers: Sequence[Optimizer], stack: Stack) -> None:
        self.moments: dict[str, Tensor] = {}
        self.steps = 0.0  # that the members have taken
        super().__init__(optimizers, stack)
        self._load()

    def keep(self, rows: Sequence[int]) -> None:
        """See `Updates`."""
        self.optimizers = [self.optimizers[row] for row in rows]
        index = torch.tensor(rows, device=self.stack.weights.device)
        self.moments = {name: values[index] for name, values in self.moments.items()}
        self.read_settings()

    def store(self, row: int) -> None:
        """See `Updates`."""
        optimizer = self.optimizers[row]
        parameters = optimizer.param_groups[0]["params"]
        if not self.steps or not self.has_state(optimizer):
            return
        moments = {name: self.stack.views(values) for name, values in self.moments.items()}
        for place, parameter in enumerate(parameters):
            own = {name: views[place][row] for name, views in moments.items()}
            optimizer.state[parameter] = self.further_state() | own

    def has_state(self, optimizer: Optimizer) -> bool:
        """Return whether an optimizer with these settings has moments."""
        return True

    def further_state(self) -> dict[str, Any]:
        """Return the state of a parameter that is not a moment."""
        return {}

    def _load(self) -> None:
        """Take the moments of optimizers that have taken steps."""
        states = [
            [optimizer.state[p] for p in optimizer.param_groups[0]["params"] if p in optimizer.state]
            for optimizer in self.optimizers
        ]
        first = [state for each in states for state in each[:1]]
        for name in dict.fromkeys(key for state in first for key in state if key != "step" and state[key] is not None):
            rows = [
                [] if not state else [each[name].flatten() for each in state if each[name] is not None]
                for state in states
            ]
            empty = torch.zeros_like(self.stack.weights[0])
            self.moments[name] = torch.stack([torch.cat(row) if row else empty for row in rows])
        self.steps = float(first[0].get("step", 1.0)) if first else 0.0


class StackedSGD(StackedUpdates):
    """Gradient descent with momentum, as `torch.optim.SGD`."""

    def read_settings(self) -> None:
        """See `Updates`."""
        momentum, dampening = self.setting("momentum"), self.setting("dampening")
        without = torch.as_tensor(momentum) == 0  # then the optimizer has no buffer and ignores the dampening
        share = 1 - dampening
        if isinstance(momentum, Tensor) or isinstance(dampening, Tensor):
            share = torch.as_tensor(share, dtype=torch.float64).where(~without, torch.ones((), dtype=torch.float64))
        self.share, self.momentum = self.as_weights(share), self.as_weights(momentum)
        self.lr, self.decay = (self.as_weights(self.setting(name)) for name in ("lr", "weight_decay"))
        self.has_momentum = not bool(without.all())

    def step(self) -> None:
        """See `Updates`."""
        weights, gradient = self.stack.weights, self.stack.gradients
        if not is_zero(self.decay):
            gradient = gradient + self.decay * weights
        if self.has_momentum:
            if "momentum_buffer" not in self.moments:
                self.moments["momentum_buffer"] = gradient.clone()
            else:
                self.moments["momentum_buffer"].mul_(self.momentum).add_(gradient * self.share)
            buffer = self.moments["momentum_buffer"]
            gradient = gradient + self.momentum * buffer if self.nesterov else buffer
        descend(weights, gradient, self.lr)
        self.steps += 1

    @property
    def nesterov(self) -> bool:
        """Whether the momentum is Nesterov's, the same for all members."""
        return bool(self.optimizers[0].param_groups[0]["nesterov"])

    def has_state(self, optimizer: Optimizer) -> bool:
        """See `StackedUpdates`."""
        return bool(optimizer.param_groups[0]["momentum"])


class StackedAdam(StackedUpdates):
    """Adam, as `torch.optim.Adam` and `AdamW`."""

    def read_settings(self) -> None:
        """See `Updates`."""
        self.lr, self.beta1, self.beta2 = self.setting("lr"), self.setting("betas", 0), self.setting("betas", 1)
        self.eps = self.as_weights(self.setting("eps"))
        decay = self.setting("weight_decay")
        self.decoupled = isinstance(self.optimizers[0], AdamW)
        self.decay = self.as_weights(self.lr * decay if self.decoupled else decay)
        self.new1, self.new2 = self.as_weights(1 - self.beta1), self.as_weights(1 - self.beta2)
        self.old2 = self.as_weights(self.beta2)

    def step(self) -> None:
        """See `Updates`."""
        weights, gradient = self.stack.weights, self.stack.gradients
        if not self.moments:
            self.moments = {name: torch.zeros_like(weights) for name in ("exp_avg", "exp_avg_sq")}
        first, second = self.moments["exp_avg"], self.moments["exp_avg_sq"]
        self.steps += 1
        if not is_zero(self.decay):
            if self.decoupled:
                weights.mul_(1 - self.decay)
            else:
                gradient = gradient + self.decay * weights
        first.lerp_(gradient, self.new1)
        second.mul_(self.old2).add_(gradient.square().mul_(self.new2))
        scale = self.as_weights((1 - self.beta2**self.steps) ** 0.5)
        lr = self.as_weights(self.lr / (1 - self.beta1**self.steps))
        descend(weights, second.sqrt().div_(scale).add_(self.eps).reciprocal_().mul_(first), lr)

    def further_state(self) -> dict[str, Any]:
        """Return the number of steps."""
        return {"step": torch.tensor(self.steps, dtype=self.stack.weights.dtype)}


def is_zero(setting: Number) -> bool:
    """Return whether a setting is 0 for all members."""
    return not isinstance(setting, Tensor) and setting == 0


def descend(weights: Tensor, direction: Tensor, lr: Number) -> None:
    """Subtract lr times a direction from weights."""
    if isinstance(lr, Tensor):
        weights.addcmul_(direction, lr, value=-1)
    else:
        weights.add_(direction, alpha=-lr)


def updates_of(optimizers: Sequence[Optimizer], stack: Stack) -> Updates:
    """Return the updates of members whose optimizers are of one class."""
    first = optimizers[0]
    settings = first.param_groups[0]
    if type(first) is SGD:
        return StackedSGD(optimizers, stack)
    if type(first) in (Adam, AdamW) and not settings["amsgrad"] and not settings["maximize"]:
        return StackedAdam(optimizers, stack)
    return OwnUpdates(optimizers, stack)
