"""Gradient steps by the derivatives that layers, losses and optimizers state.

Shapes: B examples, T steps, N examples or all steps of sequences, F inputs, K outputs.
"""

from collections.abc import Callable, Iterable

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from ...spec import Batch
from ..clipping import GradientClipping
from ..penalties.base import PenaltyWithDerivatives
from ..penalties.collection import Penalties
from ..step import Step
from .chain import Chain
from .updates import own_step, step_of

Adapter = Callable[[Tensor, Tensor | None], Tensor]
Derivative = Callable[[Tensor, Batch, float], tuple[Tensor, Tensor]]
"""(outputs, batch, factor of the loss) -> mean loss, derivative of what is minimized with respect to the outputs."""


class DirectSteps:
    """Steps of a task whose network is a chain of layers.

    Gradients are written into those of the parameters (`.grad`), and the state of the optimizer is its own, so steps
    of autograd may follow. adapter: from the inputs of a batch to those of the chain; derivative: of the loss.
    """

    def __init__(
        self,
        chain: Chain,
        *,
        adapter: Adapter | None,
        derivative: Derivative,
        penalties: Penalties,
        clip: GradientClipping,
    ) -> None:
        self.chain = chain
        self.adapter = adapter
        self.derivative = derivative
        self.penalties = penalties
        self.clip = clip
        self.optimizer: Optimizer | None = None  # of the last step
        self.step: Callable[[Optimizer], None] = own_step

    @torch.no_grad()
    def update(self, batch: Batch, optimizer: Optimizer) -> Step:
        """Take a step; return the loss and the outputs before it."""
        step = self.gradient(batch)
        self.finish(optimizer)
        return step

    @torch.no_grad()
    def accumulate(self, batches: Iterable[tuple[Batch, float]], optimizer: Optimizer) -> list[Step]:
        """Take a step with the gradient on several batches, whose losses have the given factors."""
        steps = [self.gradient(batch, share, add=place > 0) for place, (batch, share) in enumerate(batches)]
        self.finish(optimizer)
        return steps

    def gradient(self, batch: Batch, share: float = 1.0, *, add: bool = False) -> Step:
        """Write the gradient of the training loss, or add it to that of the parameters; return the step.

        share: factor of the loss.
        """
        chain = self.chain
        x = batch.x if self.adapter is None else self.adapter(batch.x, batch.mask)
        steps = x.shape[:-1] if x.ndim > 2 else None
        output, memories = chain.forward(x if steps is None else x.flatten(0, -2), chain.parameters)
        if steps is not None:
            output = output.view(*steps, -1)
        loss, slope = self.derivative(output, batch, share)
        if steps is not None:
            slope = slope.flatten(0, -2)
        chain.backward(slope, memories, chain.parameters, gradients_of(chain.parameters), add=add)
        if not self.penalties:
            return Step(loss, output, batch.y)
        for penalty in self.penalties.values():
            assert isinstance(penalty, PenaltyWithDerivatives)
            for parameter, derivative in penalty.derivatives():
                parameter.grad.add_(derivative, alpha=share)  # type: ignore[union-attr]
        return Step(loss, output, batch.y, self.penalties.terms(batch))

    def finish(self, optimizer: Optimizer) -> None:
        """Clip the gradient and take the optimizer's step."""
        self.clip()
        if optimizer is not self.optimizer:
            self.optimizer, self.step = optimizer, step_of(optimizer)
        self.step(optimizer)


def gradients_of(parameters: Iterable[nn.Parameter]) -> list[Tensor | None]:
    """Return the gradient of each parameter, zeros if it had none; None for parameters that are not learned."""
    found: list[Tensor | None] = []
    for parameter in parameters:
        if not parameter.requires_grad:
            parameter.grad = None  # of steps before it was frozen
        elif parameter.grad is None:
            parameter.grad = torch.zeros_like(parameter, memory_format=torch.contiguous_format)
        found.append(parameter.grad if parameter.requires_grad else None)
    return found
