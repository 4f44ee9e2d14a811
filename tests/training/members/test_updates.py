"""Optimizer steps of several members, against torch's optimizers of each member alone."""

from functools import partial

import pytest
import torch
from nnzoo.training.members.stack import Stack
from nnzoo.training.members.updates import OwnUpdates, StackedAdam, StackedSGD, updates_of
from torch import nn
from torch.optim import SGD, Adam, AdamW, RMSprop
from torch.testing import assert_close

CASES = {
    "sgd": (StackedSGD, [partial(SGD, lr=lr) for lr in (0.1, 0.01)]),
    "momentum": (
        StackedSGD,
        [partial(SGD, lr=0.1, momentum=m, dampening=d) for m, d in ((0.9, 0.5), (0, 0), (0.5, 0))],
    ),
    "nesterov": (StackedSGD, [partial(SGD, lr=lr, momentum=0.9, nesterov=True) for lr in (0.1, 0.01)]),
    "decay": (StackedSGD, [partial(SGD, lr=0.1, momentum=0.9, weight_decay=w) for w in (0, 0.5)]),
    "equal": (StackedAdam, [partial(Adam, lr=0.1), partial(Adam, lr=0.1)]),
    "adam": (
        StackedAdam,
        [partial(Adam, lr=lr, betas=(0.8, b), weight_decay=w) for lr, b, w in ((0.1, 0.9, 0), (1, 0.999, 0.1))],
    ),
    "adamw": (StackedAdam, [partial(AdamW, lr=0.1, eps=eps, weight_decay=w) for eps, w in ((1e-8, 0.3), (1e-2, 0.1))]),
    "rmsprop": (OwnUpdates, [partial(RMSprop, lr=lr) for lr in (0.1, 0.01)]),
}


@pytest.fixture(autouse=True)
def double_precision():
    """The optimizers of runs with trainer.precision=64-true count their steps in float64."""
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def nets(members):
    torch.manual_seed(0)
    return [nn.Linear(3, 2).double() for _ in range(members)]


def gradients(step, net, row):
    generator = torch.Generator().manual_seed(10 * step + row)
    return [torch.randn(p.shape, generator=generator, dtype=p.dtype) for p in net.parameters()]


def alone(makers, steps):
    """Return networks and optimizers after steps of torch's optimizers."""
    networks = nets(len(makers))
    optimizers = [make(net.parameters()) for make, net in zip(makers, networks, strict=True)]
    for step in range(steps):
        for row, (net, optimizer) in enumerate(zip(networks, optimizers, strict=True)):
            for p, gradient in zip(net.parameters(), gradients(step, net, row), strict=True):
                p.grad = gradient
            optimizer.step()
    return networks, optimizers


def take(stack, updates, networks, steps):
    for step in steps:
        for row, net in enumerate(networks):
            for p, gradient in zip(net.parameters(), gradients(step, net, row), strict=True):
                p.grad.copy_(gradient)
        updates.step()
    for row in range(len(stack)):
        updates.store(row)


def check(networks, optimizers, makers, steps):
    expected, theirs = alone(makers, steps)
    for net, other, mine, their in zip(networks, expected, optimizers, theirs, strict=True):
        assert_close(net.state_dict(), other.state_dict(), rtol=1e-10, atol=1e-12)
        ours, plain = mine.state_dict(), their.state_dict()
        assert ours["param_groups"] == plain["param_groups"]
        assert_close(ours["state"], plain["state"], rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("case", CASES)
def test_steps_are_those_of_each_optimizer_alone(case):
    kind, makers = CASES[case]
    networks = nets(len(makers))
    stack = Stack(networks)
    optimizers = [make(net.parameters()) for make, net in zip(makers, networks, strict=True)]
    updates = updates_of(optimizers, stack)
    assert type(updates) is kind
    take(stack, updates, networks, range(3))
    check(networks, optimizers, makers, 3)


@pytest.mark.parametrize("case", ["momentum", "adam"])
def test_steps_continue_from_the_state_of_the_optimizers(case):
    _, makers = CASES[case]
    networks, optimizers = alone(makers, 2)
    for net in networks:
        net.zero_grad()
    stack = Stack(networks)
    take(stack, updates_of(optimizers, stack), networks, range(2, 4))
    check(networks, optimizers, makers, 4)


def test_a_new_learning_rate_counts():
    networks = nets(2)
    stack = Stack(networks)
    optimizers = [SGD(net.parameters(), lr=0.1) for net in networks]
    updates = updates_of(optimizers, stack)
    before = stack.weights.clone()
    stack.gradients.fill_(1)
    optimizers[1].param_groups[0]["lr"] = 0.5
    updates.read_settings()
    updates.step()
    assert_close(before - stack.weights, torch.tensor([[0.1], [0.5]]).expand(2, 8).double())


def test_members_that_leave_do_not_change_the_others():
    _, makers = CASES["adam"]
    makers = [makers[0], makers[1], makers[0]]
    networks = nets(3)
    stack = Stack(networks)
    optimizers = [make(net.parameters()) for make, net in zip(makers, networks, strict=True)]
    updates = updates_of(optimizers, stack)
    take(stack, updates, networks, range(2))
    left = networks[1].weight.detach().clone()
    stack.keep([0, 2])
    updates.keep([0, 2])
    stack.gradients.copy_(
        torch.stack(
            [torch.cat([g.flatten() for g in gradients(2, n, r)]) for r, n in ((0, networks[0]), (2, networks[2]))]
        )
    )
    updates.step()
    expected, _ = alone(makers, 3)
    assert_close(networks[0].weight, expected[0].weight, rtol=1e-10, atol=1e-12)
    assert_close(networks[2].weight, expected[2].weight, rtol=1e-10, atol=1e-12)
    assert torch.equal(networks[1].weight, left)


def test_members_with_steps_of_their_own_leave():
    networks = nets(3)
    stack = Stack(networks)
    optimizers = [RMSprop(net.parameters(), lr=0.1) for net in networks]
    updates = updates_of(optimizers, stack)
    stack.gradients.fill_(1)
    left = networks[1].weight.detach().clone()
    stack.keep([2, 0])
    updates.keep([2, 0])
    assert updates.optimizers == [optimizers[2], optimizers[0]]
    stack.gradients.fill_(1)
    before = stack.weights.clone()
    updates.step()
    assert (stack.weights < before).all()
    assert torch.equal(networks[1].weight, left)


def test_the_number_of_steps_has_the_type_of_the_weights():
    """A checkpoint is written outside of the context in which 64-true sets the default."""
    networks = nets(2)
    stack = Stack(networks)
    updates = updates_of([Adam(net.parameters()) for net in networks], stack)
    stack.gradients.fill_(1)
    updates.step()
    torch.set_default_dtype(torch.float32)
    updates.store(1)
    state = updates.optimizers[1].state[networks[1].bias]
    assert state["step"].dtype == torch.float64
    assert state["step"] == 1
    assert not updates.optimizers[0].state


@pytest.mark.parametrize(("further", "kind"), [({"amsgrad": True}, OwnUpdates), ({"maximize": True}, OwnUpdates)])
def test_settings_without_steps_of_all_at_once(further, kind):
    networks = nets(2)
    stack = Stack(networks)
    for optimizer in (Adam, AdamW):
        assert type(updates_of([optimizer(net.parameters(), **further) for net in networks], stack)) is kind
