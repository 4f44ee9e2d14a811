"""Optimizer updates against torch's optimizers."""

from functools import partial

import pytest
import torch
from nnzoo.tasks.engines import updates
from torch.optim import SGD, Adam, AdamW, RMSprop
from torch.testing import assert_close

OPTIMIZERS = {
    "sgd": partial(SGD, lr=0.1),
    "decay": partial(SGD, lr=0.1, weight_decay=0.3),
    "momentum": partial(SGD, lr=0.1, momentum=0.9),
    "dampening": partial(SGD, lr=0.1, momentum=0.9, dampening=0.3, weight_decay=0.1),
    "nesterov": partial(SGD, lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.1),
    "adam": partial(Adam, lr=0.1),
    "adam with decay": partial(Adam, lr=0.1, betas=(0.8, 0.95), eps=1e-3, weight_decay=0.3),
    "adamw": partial(AdamW, lr=0.1, weight_decay=0.3),
}


def weights(seed=0):
    generator = torch.Generator().manual_seed(seed)
    shapes = ((3, 4), (3,), (2, 3))
    return [torch.randn(shape, dtype=torch.float64, generator=generator) for shape in shapes]


def steps(optimizer, parameters, *, ours, first=0, count=4):
    """Take steps with the same random gradients; `ours`: the update written out."""
    step = updates.step_of(optimizer) if ours else updates.own_step
    for number in range(first, first + count):
        for p, g in zip(parameters, weights(number + 1), strict=True):
            p.grad = g
        with torch.no_grad():
            step(optimizer)


def parameters_of():
    return [torch.nn.Parameter(w) for w in weights()]


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_steps_equal_torchs(name):
    one, two = parameters_of(), parameters_of()
    ours, theirs = OPTIMIZERS[name](one), OPTIMIZERS[name](two)
    assert updates.step_of(ours) is not updates.own_step
    steps(ours, one, ours=True)
    steps(theirs, two, ours=False)
    assert_close(one, two)
    assert_close(ours.state_dict()["state"], theirs.state_dict()["state"])


@pytest.mark.parametrize("kind", [SGD, Adam])
def test_groups_without_gradients(kind):
    used, other = torch.nn.Parameter(torch.ones(2)), torch.nn.Parameter(torch.ones(2))
    optimizer = kind([{"params": [used]}, {"params": []}, {"params": [other]}], lr=0.1)
    used.grad = torch.ones(2)
    step = updates.step_of(optimizer)
    assert step is not updates.own_step
    with torch.no_grad():
        step(optimizer)
    assert_close(used.detach(), torch.full((2,), 0.9))
    assert_close(other.detach(), torch.ones(2))


@pytest.mark.parametrize("name", ["momentum", "adam"])
@pytest.mark.parametrize("first", [True, False])
def test_steps_take_turns_with_torchs(name, first):
    """The state is that of torch's optimizer: a run may go on with the other engine."""
    one, two = parameters_of(), parameters_of()
    ours, theirs = OPTIMIZERS[name](one), OPTIMIZERS[name](two)
    steps(ours, one, ours=first)
    other = OPTIMIZERS[name](one)
    other.load_state_dict(ours.state_dict())
    steps(other, one, ours=not first, first=4)
    steps(theirs, two, ours=False, count=8)
    assert_close(one, two)


def test_a_schedule_sees_the_steps():
    parameters = parameters_of()
    optimizer = OPTIMIZERS["sgd"](parameters)
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, step_size=1, gamma=0.5)
    steps(optimizer, parameters, ours=True, count=1)
    schedule.step()  # torch warns of a schedule without a step before it
    before = [p.detach().clone() for p in parameters]
    steps(optimizer, parameters, ours=True, count=1)
    for p, old, gradient in zip(parameters, before, weights(1), strict=True):
        assert_close(p.detach(), old - 0.05 * gradient)


@pytest.mark.parametrize(
    "make",
    [
        partial(RMSprop, lr=0.1),
        partial(SGD, lr=0.1, maximize=True),
        partial(Adam, amsgrad=True),
        partial(SGD, lr=torch.tensor(0.1)),
    ],
)
def test_other_optimizers_take_their_own_step(make):
    assert updates.step_of(make(parameters_of())) is updates.own_step


def test_an_optimizer_with_a_hook_takes_its_own_step():
    optimizer = OPTIMIZERS["sgd"](parameters_of())
    optimizer.register_step_post_hook(lambda *_: None)
    assert updates.step_of(optimizer) is updates.own_step


def test_a_step_that_another_program_replaced_is_called(monkeypatch):
    rates, step = [], torch.optim.SGD.step

    def recorded(self, *args):
        rates.append(self.param_groups[0]["lr"])
        return step(self, *args)

    monkeypatch.setattr(torch.optim.SGD, "step", recorded)
    parameters = parameters_of()
    optimizer = OPTIMIZERS["sgd"](parameters)
    torch.optim.lr_scheduler.StepLR(optimizer, step_size=1)  # wraps the step once more
    steps(optimizer, parameters, ours=True, count=2)
    assert rates == [optimizer.param_groups[0]["lr"]] * 2
