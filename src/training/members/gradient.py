"""The loss and the gradient of several networks on a batch for each of them, with one forward pass.

Shapes: M members, B examples of a batch.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.func import functional_call, grad_and_value, vmap

from ...builders.adapters import Adapter, identity
from ...losses.base import LossWithDerivative
from ...spec import Batch
from ...tasks.base import Task
from ...tasks.engines.chain import Chain
from .stack import Stack


class StackedStep(NamedTuple):
    """A step of M members: the tensors of `Step`, each with a leading dimension of members."""

    loss: Tensor
    output: Tensor
    target: Tensor
    notes: dict[str, Tensor]


class MemberLoss(nn.Module):
    """The training loss of a task as a function of the weights of its network."""

    def __init__(self, task: Task) -> None:
        super().__init__()
        self.net = task.net
        self.task = (task,)  # not a submodule

    def forward(self, batch: Batch, weights: dict[str, Tensor] | None) -> tuple[Tensor, StackedStep]:
        """Return the training loss and the step of one member.

        weights: of the penalties; None: the loss alone, for an evaluation.
        """
        (task,) = self.task
        if weights is None:
            step = task.compute(batch)
            total = step.loss
        else:
            for name, weight in weights.items():
                task.penalties[name].weight = weight  # type: ignore[assignment]  # a tensor instead of a number
            if weights:
                task.penalties.bind(task.net, task.spec)  # the penalized parameters are those of this call
            total, step = task.training_loss(batch)
        return total, StackedStep(step.loss, step.output, step.target, dict(step.notes))


class MemberGradient:
    """Computes the gradient of the training loss of each member with `torch.func`.

    tasks: of the members, equal except for weights of networks and of penalties.
    """

    def __init__(self, tasks: list[Task], stack: Stack) -> None:
        self.stack = stack
        self.task = tasks[0]
        self.loss = MemberLoss(self.task)
        self.penalty_weights = {
            name: stack.weights.new_tensor([task.penalties[name].weight for task in tasks])
            for name in self.task.penalties
        }
        self.differentiated = grad_and_value(self._member, has_aux=True)

    def __call__(self, batch: Batch) -> StackedStep:
        """Put the gradients of a batch, whose tensors are (M, B, ...), into the stack, and return the step."""
        penalties = self.task.penalties
        weights = {name: penalty.weight for name, penalty in penalties.items()}
        try:
            gradients, (_, step) = self._stacked(self.differentiated, batch, self.penalty_weights)
        finally:
            if penalties:  # they hold tensors of torch.func
                for name, weight in weights.items():
                    penalties[name].weight = weight
                penalties.bind(self.task.net, self.task.spec)
                penalties.reset()
        torch._foreach_copy_(self.stack.gradient_views, list(gradients.values()))
        return step

    def evaluate(self, batch: Batch) -> StackedStep:
        """Return the step of an evaluation, without penalties."""
        return self._stacked(self._member, batch, None)[1]

    def _stacked(self, function: Callable[..., Any], batch: Batch, weights: dict[str, Tensor] | None) -> Any:
        axes = (0, 0, None if weights is None else 0, 0, 0, None if batch.mask is None else 0)
        stack = self.stack
        return vmap(function, in_dims=axes)(stack.parameters, stack.buffers, weights, batch.x, batch.y, batch.mask)

    def _member(
        self,
        parameters: dict[str, Tensor],
        buffers: dict[str, Tensor],
        weights: dict[str, Tensor] | None,
        x: Tensor,
        y: Tensor,
        mask: Tensor | None,
    ) -> tuple[Tensor, StackedStep]:
        named = {f"net.{name}": values for name, values in (parameters | buffers).items()}
        found: tuple[Tensor, StackedStep] = functional_call(self.loss, named, (Batch(x, y, mask), weights))
        return found


class DirectGradient:
    """Computes the gradient of each member by the derivatives that layers and losses state, see `tasks.engines`.

    task: of a member; its network is a chain of layers.
    """

    def __init__(self, task: Task, chain: Chain, stack: Stack) -> None:
        self.task = task
        self.chain = chain
        adapter: Adapter = task.net.adapter  # type: ignore[assignment]
        self.adapter = None if adapter is identity else adapter
        names = [f"model.{name}" for name in chain.names]
        fixed = stack.parameters | stack.buffers
        gradients: dict[str, Tensor] = dict(zip(stack.parameters, stack.gradient_views, strict=True))
        self.parameters = [fixed[name] for name in names]
        self.gradients = [gradients.get(name) for name in names]

    @torch.no_grad()
    def __call__(self, batch: Batch) -> StackedStep:
        """Put the gradients of a batch, whose tensors are (M, B, ...), into the stack, and return the step."""
        step, slope, memories = self._forward(batch)
        self.chain.backward(slope.div_(batch.y.shape[1]), memories, self.parameters, self.gradients)
        return step

    def evaluate(self, batch: Batch) -> StackedStep:
        """Return the step of an evaluation."""
        return self._forward(batch)[0]

    def _forward(self, batch: Batch) -> tuple[StackedStep, Tensor, list[Any]]:
        """Return the step, the derivative of the sum of the losses by the outputs, and what the layers keep."""
        x = batch.x
        if self.adapter is not None:
            x = self.adapter(x.flatten(0, 1), None).unflatten(0, x.shape[:2])
        output, memories = self.chain.forward(x, self.parameters)
        assert isinstance(self.task.loss, LossWithDerivative)
        losses, slope = self.task.loss.with_derivative(output, batch.y)
        return StackedStep(losses.mean(1), output, batch.y, {}), slope, memories


def member_gradient(tasks: list[Task], stack: Stack) -> "MemberGradient | DirectGradient":
    """Return what computes the gradients of members: stated derivatives if they apply, else `torch.func`."""
    first = tasks[0]
    if first.direct is None or first.penalties or first.spec.sequence:
        return MemberGradient(tasks, stack)
    return DirectGradient(first, first.direct.chain, stack)
