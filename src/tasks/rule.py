"""Learning by a rule that is not the gradient of a loss.

Shapes: B examples, K outputs.
"""

import torch
from torch import Tensor, nn
from torch.optim import SGD, Optimizer

from ..errors import UserError
from ..rules.base import Rule
from ..spec import Batch
from .classification import Classification


class RuleTask(Classification):
    """Decide for a class, learned by a rule: its errors take the place of the gradient, and the optimizer steps.

    In place of the gradient of a mean loss stands the sum over the batch of minus the errors times what is below the
    outputs; layers further down get what backpropagation makes of that. A batch is one optimizer step, also with
    `rule.online`. Metrics: as in classification; the loss is the rule's own.
    """

    loss: Rule

    def gradient(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Put the pseudo-gradient into the parameters; return loss and outputs, detached."""
        loss, output = self.objective(batch)
        error = self.loss.error(output.detach(), batch.y)
        if self.spec.per_step and batch.mask is not None:
            error = error * batch.mask.unsqueeze(-1)
        output.backward(-error)
        return loss.detach(), output.detach()

    def update(self, batch: Batch, optimizer: Optimizer) -> tuple[Tensor, Tensor]:
        """Take one optimizer step, or one for each example; return loss and outputs before it.

        Raises UserError for online learning from segments of sequences.
        """
        if not self.loss.online or len(batch.x) == 1:
            return super().update(batch, optimizer)
        if batch.carry is not None:
            raise UserError("rule.online=true learns from whole sequences; leave out trainer.truncated_bptt_steps")
        layer = only_linear(self.net)
        if layer is None or self.spec.per_step or self.clip_value is not None or not plain(optimizer):
            return self.one_by_one(batch, optimizer)
        return self.at_once(batch, optimizer, layer)

    def one_by_one(self, batch: Batch, optimizer: Optimizer) -> tuple[Tensor, Tensor]:
        """Learn from each example by itself."""
        parts = [super(RuleTask, self).update(batch.rows(slice(i, i + 1)), optimizer) for i in range(len(batch.x))]
        losses = torch.stack([loss for loss, _ in parts])
        weights = torch.ones_like(losses)
        if self.spec.per_step and batch.mask is not None:
            weights = batch.mask.sum(1).to(losses)
        return (losses * weights).sum() / weights.sum(), torch.cat([output for _, output in parts])

    def at_once(self, batch: Batch, optimizer: Optimizer, layer: nn.Linear) -> tuple[Tensor, Tensor]:
        """Do the same for a network of one linear layer under plain gradient descent, in a single step.

        An error e_i at example i changes the output for example j by lr e_i (x_i . x_j + 1), the 1 for a bias. So
        the outputs are followed from error to error, and the sum of all changes is one update.
        """
        optimizer.zero_grad()
        inputs: list[Tensor] = []
        hook = layer.register_forward_pre_hook(lambda _, given: inputs.append(given[0]))
        before = self.net(batch.x, batch.mask)
        hook.remove()
        gram = inputs[0] @ inputs[0].t() + (layer.bias is not None)
        lr = optimizer.param_groups[0]["lr"]
        output, errors = before.detach().clone(), torch.zeros_like(before)
        first = 0
        while first < len(output):
            error = self.loss.error(output[first:], batch.y[first:])
            wrong = error.any(1)
            i = int(wrong.int().argmax())
            if not wrong[i]:
                break
            errors[first + i] = error[i]
            output[first + i + 1 :] += lr * torch.outer(gram[first + i, first + i + 1 :], error[i])
            first += i + 1
        before.backward(-errors)
        optimizer.step()
        return self.loss(output, batch.y).mean(), output


def only_linear(net: nn.Module) -> nn.Linear | None:
    """Return the layer that holds all parameters of a network, None unless it is one linear layer."""
    holders = [part for part in net.modules() if next(part.parameters(recurse=False), None) is not None]
    return holders[0] if len(holders) == 1 and isinstance(holders[0], nn.Linear) else None


def plain(optimizer: Optimizer) -> bool:
    """Tell whether an optimizer only subtracts lr times the gradient."""
    group = optimizer.param_groups[0]
    return type(optimizer) is SGD and not any(group[key] for key in ("momentum", "weight_decay", "maximize"))
