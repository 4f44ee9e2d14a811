"""Learning by a rule that is not the gradient of a loss.

Shapes: B examples, K outputs.
"""

from typing import ClassVar

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from ...errors import UserError
from ...losses.margin.base import signs
from ...rules.base import Rule
from ...spec import Batch, BatchKind
from ..base import Task
from ..step import Step
from .plain_descent import plain_descent

BLOCK = 128  # examples whose outputs are followed together


class RuleTask(Task):
    """Learn classes by a rule: its errors take the place of the gradient, and the optimizer steps.

    In place of the gradient of a mean loss stands the sum over the batch of minus the errors times what is below the
    outputs; layers further down get what backpropagation makes of that. A batch is one optimizer step, also with
    `rule.online`. The loss is the rule's own.
    """

    targets: ClassVar[tuple[str, ...]] = ("classes",)
    takes: ClassVar[tuple[BatchKind, ...]] = ("examples",)
    loss: Rule

    def gradient(self, batch: Batch) -> Step:
        """Put the pseudo-gradient and that of the penalties into the parameters; return the step, detached."""
        total, step = self.training_loss(batch)
        error = self.loss.error(step.output.detach(), batch.y)
        if self.spec.per_step and batch.mask is not None:
            error = error * batch.mask.unsqueeze(-1)
        step.output.backward(-error, retain_graph=bool(self.penalties))
        if self.penalties:
            (total - step.loss).backward()
        return step.detached()

    def update(self, batch: Batch, *optimizers: Optimizer) -> Step:
        """Take one optimizer step, or one for each example; return loss and outputs before it.

        Raises UserError for online learning from segments of sequences.
        """
        if not self.loss.online or len(batch.x) == 1:
            return super().update(batch, *optimizers)
        if batch.carry is not None:
            raise UserError("rule.online=true learns from whole sequences; leave out trainer.truncated_bptt_steps")
        layer = only_linear(self.net)
        (optimizer,) = optimizers
        plain = plain_descent(optimizer) and self.clip_value is None and not self.penalties
        if layer is None or self.spec.per_step or not plain:
            return self.one_by_one(batch, optimizer)
        return self.at_once(batch, optimizer, layer)

    def one_by_one(self, batch: Batch, optimizer: Optimizer) -> Step:
        """Learn from each example by itself."""
        steps = [super(RuleTask, self).update(batch.rows(slice(i, i + 1)), optimizer) for i in range(len(batch.x))]
        losses = torch.stack([step.loss for step in steps])
        weights = torch.ones_like(losses)
        if self.spec.per_step and batch.mask is not None:
            weights = batch.mask.sum(1).to(losses)
        return Step((losses * weights).sum() / weights.sum(), torch.cat([step.output for step in steps]), batch.y)

    @torch.no_grad()
    def at_once(self, batch: Batch, optimizer: Optimizer, layer: nn.Linear) -> Step:
        """Do the same for a network of one linear layer under plain gradient descent, in a single step.

        An error e_i at example i changes the output for example j by lr e_i (x_i . x_j), a bias counting as the weight
        of an input that is 1. So the outputs are followed from error to error, and the sum of all changes is one
        update.
        """
        inputs: list[Tensor] = []
        hook = layer.register_forward_pre_hook(lambda _, given: inputs.append(given[0]))
        output = self.net(batch.x, batch.mask)
        hook.remove()
        x, z, y = (numbers(values) for values in (inputs[0], output, signs(batch.y, output)))
        if layer.bias is not None:
            x = np.concatenate([x, np.ones_like(x[:, :1])], 1)
        change = np.zeros((z.shape[1], x.shape[1]))  # of the weights, divided by lr
        lr = optimizer.param_groups[0]["lr"]
        with np.errstate(over="ignore", invalid="ignore"):  # of what diverges, told by the loss
            for i in range(0, len(x), BLOCK):
                block = slice(i, i + BLOCK)
                z[block] += lr * x[block] @ change.T
                change += self.follow(z[block], y[block], lr * x[block] @ x[block].T).T @ x[block]
        put_gradient(layer, change)
        optimizer.step()
        output = torch.from_numpy(z).to(output)
        return Step(self.loss(output, batch.y).mean(), output, batch.y)

    def follow(self, z: np.ndarray, y: np.ndarray, change: np.ndarray) -> np.ndarray:
        """Return the error at each example, and make outputs z (B, K) what they are when its turn comes.

        y: their signs; change (B, B): by how much an error of 1 at one example moves the outputs for another.
        """
        errors = np.zeros_like(z)
        first = 0
        while first < len(z):
            error = self.loss.signed_error(z[first:], y[first:])
            wrong = np.asarray(error.any(axis=1))
            step = int(wrong.argmax())
            if not wrong[step]:
                break
            i, first = first + step, first + step + 1
            errors[i] = error[step]
            z[first:] += change[i, first:, None] * errors[i]
        return errors


def numbers(values: Tensor) -> np.ndarray:
    """Return a copy in float64, for NumPy: it takes small steps in less time than torch."""
    return values.double().cpu().numpy().copy()


def put_gradient(layer: nn.Linear, change: np.ndarray) -> None:
    """Make a change of weights and bias (K, F + 1), or of weights (K, F), the negative gradient of a layer."""
    gradient = -torch.from_numpy(change).to(layer.weight)
    layer.weight.grad = gradient[:, : layer.in_features]
    if layer.bias is not None:
        layer.bias.grad = gradient[:, -1]


def only_linear(net: nn.Module) -> nn.Linear | None:
    """Return the layer that holds all parameters of a network, None unless it is one linear layer."""
    holders = [part for part in net.modules() if next(part.parameters(recurse=False), None) is not None]
    return holders[0] if len(holders) == 1 and isinstance(holders[0], nn.Linear) else None
