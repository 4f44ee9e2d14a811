"""Learning by a rule that is not the gradient of a loss.

Shapes: B examples, K outputs.
"""

from typing import ClassVar

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from ...errors import UserError
from ...losses.base import masked_mean
from ...losses.margin.base import signs
from ...rules.base import Rule
from ...spec import Batch, BatchKind
from ..base import Task
from ..step import Step
from .plain_descent import plain_descent

BLOCK = 128  # examples that are processed together


class RuleTask(Task):
    """Learn classes by a rule whose negative errors replace the gradient of the loss with respect to the outputs.

    They are summed over the batch and backpropagated, so lower layers learn as well. A batch counts as one optimizer
    step, also with `rule.online`. The reported loss is that of the rule.
    """

    targets: ClassVar[tuple[str, ...]] = ("classes",)
    takes: ClassVar[tuple[BatchKind, ...]] = ("examples",)
    loss: Rule

    def gradient(self, batch: Batch, share: float = 1.0) -> Step:
        """Add the pseudo-gradient and the gradient of the penalties; return the detached step.

        share: factor of the penalties; the errors are summed, not averaged.
        """
        total, step = self.training_loss(batch)
        error = self.loss.error(step.output.detach(), batch.y)
        if self.spec.per_step and batch.mask is not None:
            error = error * batch.mask.unsqueeze(-1)
        step.output.backward(-error, retain_graph=bool(self.penalties))
        if self.penalties:
            ((total - step.loss) * share).backward()
        return step.detached()

    def output_derivative(self, output: Tensor, batch: Batch, share: float = 1.0) -> tuple[Tensor, Tensor]:
        """Return the reported loss, and minus the errors, which are summed, not averaged, see `gradient`."""
        losses, slope = self.loss.with_derivative(output, batch.y)
        mask = batch.mask if self.spec.per_step else None
        return masked_mean(losses, mask), slope if mask is None else slope * mask.unsqueeze(-1)

    def why_not_accumulated(self) -> str | None:
        """Return why a step cannot use several batches, or None if it can."""
        return "rule.online=true takes a step after every example" if self.loss.online else None

    def why_not_distributed(self) -> str | None:
        """Return why several processes cannot train the network together."""
        return "a rule replaces the gradient"

    def update(self, batch: Batch, *optimizers: Optimizer) -> Step:
        """Take one optimizer step, or one for each example; return the loss and outputs before each step.

        Raises UserError for online learning with segments of sequences.
        """
        if not self.loss.online or len(batch.x) == 1:
            return super().update(batch, *optimizers)
        if batch.is_continuation is not None:
            raise UserError("rule.online=true needs whole sequences; leave out trainer.truncated_bptt_steps")
        layer = only_linear(self.net)
        (optimizer,) = optimizers
        plain = plain_descent(optimizer) and self.clip.bound is None and not self.penalties
        if layer is None or self.spec.per_step or not plain:
            return self.update_each(batch, optimizer)
        return self.update_vectorized(batch, optimizer, layer)

    def update_each(self, batch: Batch, optimizer: Optimizer) -> Step:
        """Take an optimizer step for each example."""
        steps = [super(RuleTask, self).update(batch.rows(slice(i, i + 1)), optimizer) for i in range(len(batch.x))]
        losses = torch.stack([step.loss for step in steps])
        weights = torch.ones_like(losses)
        if self.spec.per_step and batch.mask is not None:
            weights = batch.mask.sum(1).to(losses)
        shares = weights / weights.sum()
        notes = {name: shares @ torch.stack([step.notes[name] for step in steps]) for name in steps[0].notes}
        return Step(shares @ losses, torch.cat([step.output for step in steps]), batch.y, notes)

    @torch.no_grad()
    def update_vectorized(self, batch: Batch, optimizer: Optimizer, layer: nn.Linear) -> Step:
        """Do the same in a single step, for a network with one linear layer and plain gradient descent.

        An error e_i at example i changes the output for example j by lr e_i (x_i . x_j), where a bias is the weight of
        an input that is 1. So the outputs can be updated from error to error, and all weight changes are applied as one
        step.
        """
        inputs: list[Tensor] = []
        hook = layer.register_forward_pre_hook(lambda _, args: inputs.append(args[0]))
        output = self.net(batch.x, batch.mask)
        hook.remove()
        x, z, y = (to_numpy(values) for values in (inputs[0], output, signs(batch.y, output)))
        if layer.bias is not None:
            x = np.concatenate([x, np.ones_like(x[:, :1])], 1)
        change = np.zeros((z.shape[1], x.shape[1]))  # of the weights, divided by lr
        lr = optimizer.param_groups[0]["lr"]
        with np.errstate(over="ignore", invalid="ignore"):  # the loss reports divergence
            for i in range(0, len(x), BLOCK):
                block = slice(i, i + BLOCK)
                z[block] += lr * x[block] @ change.T
                change += self.online_errors(z[block], y[block], lr * x[block] @ x[block].T).T @ x[block]
        set_gradient(layer, change)
        optimizer.step()
        output = torch.from_numpy(z).to(output)
        return Step(self.loss(output, batch.y).mean(), output, batch.y)

    def online_errors(self, z: np.ndarray, y: np.ndarray, change: np.ndarray) -> np.ndarray:
        """Return the error at each example, and update the outputs z (B, K) to their values before its update.

        y: signs of the targets; change (B, B): change of the outputs for one example due to an error of 1 at another.
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


def to_numpy(values: Tensor) -> np.ndarray:
    """Return a copy in float64 as a NumPy array, since NumPy is faster than torch for small operations."""
    return values.double().cpu().numpy().copy()


def set_gradient(layer: nn.Linear, change: np.ndarray) -> None:
    """Set the gradient of a layer to minus a change of weights and bias (K, F + 1), or of weights (K, F)."""
    gradient = -torch.from_numpy(change).to(layer.weight)
    layer.weight.grad = gradient[:, : layer.in_features]
    if layer.bias is not None:
        layer.bias.grad = gradient[:, -1]


def only_linear(net: nn.Module) -> nn.Linear | None:
    """Return the linear layer that has all parameters of a network, or None if there is no such layer.

    None also if one of them is frozen.
    """
    if not all(parameter.requires_grad for parameter in net.parameters()):
        return None
    layers = [part for part in net.modules() if next(part.parameters(recurse=False), None) is not None]
    return layers[0] if len(layers) == 1 and isinstance(layers[0], nn.Linear) else None
