"""Linear networks in float64, random examples for them, and their training step by step."""

from functools import partial

import torch
from nnzoo.losses.base import Loss
from nnzoo.models.linear import Linear
from nnzoo.rules.base import Rule
from nnzoo.spec import DataSpec
from nnzoo.tasks.components import Components
from nnzoo.tasks.learners.rule import RuleTask
from torch import Tensor, nn

from tests.support.networks import Unmasked


def net_of(inputs: int, outputs: int, *, bias: bool = False, weight: Tensor | None = None) -> Linear:
    """Return a network with given weights, or zeros."""
    net = Linear(in_features=inputs, out_features=outputs, bias=bias).double()
    with torch.no_grad():
        net.linear.weight.copy_(torch.zeros(outputs, inputs) if weight is None else weight)
        if bias:
            net.linear.bias.zero_()
    return net


def descend(net: Linear, loss: Loss, x: Tensor, y: Tensor, *, lr: float, decay: float = 0.0, epochs: int = 1) -> Tensor:
    """Take a step for one example after the other, with weight decay on the weights alone; return the weights."""
    groups = [{"params": [net.linear.weight], "weight_decay": decay}]
    if net.linear.bias is not None:
        groups.append({"params": [net.linear.bias]})
    optimizer = torch.optim.SGD(groups, lr=lr)
    for _ in range(epochs):
        for i in range(len(x)):
            optimizer.zero_grad()
            loss(net(x[i : i + 1]), y[i : i + 1]).sum().backward()
            optimizer.step()
    return net.linear.weight.detach()


def points(n: int = 40, inputs: int = 3, classes: int = 2, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Return random x (n, inputs) and classes (n,)."""
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(n, inputs, generator=generator, dtype=torch.float64)
    return x, torch.randint(classes, (n,), generator=generator)


def task_of(net: nn.Module, rule: Rule, classes: int, lr: float) -> tuple[RuleTask, torch.optim.Optimizer]:
    """Return a task that trains the network by a rule, and its optimizer."""
    spec = DataSpec("real", (next(net.parameters()).shape[1],), "classes", classes)
    descent = partial(torch.optim.SGD, lr=lr)
    task = RuleTask(components=Components(net=Unmasked(net), loss=rule, optimizer=descent, spec=spec, config={}))
    (optimizer,), _ = task.configure_optimizers()
    return task, optimizer
