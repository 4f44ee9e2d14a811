"""Backward passes of layers against autograd, in float64: values, derivatives, members."""

from copy import deepcopy
from functools import partial

import pytest
import torch
from nnzoo.layers.activations import _ACTIVATIONS, activation
from nnzoo.tasks.engines.rules import RULES, rule_of
from torch import nn
from torch.testing import assert_close

STATED = [name for name in _ACTIVATIONS if rule_of(activation(name)) is not None]
LAYERS = {
    "linear": lambda: nn.Linear(3, 4),
    "linear without bias": lambda: nn.Linear(3, 4, bias=False),
    "other slopes": lambda: nn.LeakyReLU(0.3),
    "other bounds": lambda: nn.Hardtanh(-0.5, 0.2),
    "other scale": lambda: nn.ELU(0.7),
    "other sharpness": lambda: nn.Softplus(beta=2.0, threshold=1.0),
    **{name: partial(activation, name) for name in STATED},
}


@pytest.fixture(params=LAYERS)
def layer(request):
    torch.manual_seed(0)
    return LAYERS[request.param]().double()


def passes(layer, parameters, x, dy, *, add=False, start=0.0):
    """Return output, derivative of the input and derivatives of the parameters."""
    rule = rule_of(layer)
    gradients = [torch.full_like(p, start) for p in parameters]
    with torch.no_grad():
        y, memory = rule.forward(x, parameters)
        dx = rule.backward(dy, memory, parameters, gradients, add=add, down=True)
    return [y, dx, *gradients]


def by_autograd(layer, x, dy):
    x = x.clone().requires_grad_()
    y = layer(x)
    return [y, *torch.autograd.grad(y, [x, *layer.parameters()], dy)]


def examples(layer, *leading):
    outputs = layer.out_features if isinstance(layer, nn.Linear) else 3
    x = torch.randn(*leading, 5, 3, dtype=torch.float64)
    x[..., 0, 0] = 0.0  # at the kink
    return x, torch.randn(*leading, 5, outputs, dtype=torch.float64)


def test_equals_autograd(layer):
    x, dy = examples(layer)
    parameters = [getattr(layer, name) for name in rule_of(layer).parameters]
    assert len(parameters) == len([*layer.parameters()])
    for ours, theirs in zip(passes(layer, parameters, x, dy), by_autograd(layer, x, dy), strict=True):
        assert_close(ours, theirs)


def test_adds_to_gradients(layer):
    x, dy = examples(layer)
    parameters = [getattr(layer, name) for name in rule_of(layer).parameters]
    once, added = passes(layer, parameters, x, dy), passes(layer, parameters, x, dy, add=True, start=2.0)
    for one, other in zip(once[2:], added[2:], strict=True):
        assert_close(one + 2, other)


def test_members_are_networks_of_their_own(layer):
    members = [deepcopy(layer) for _ in range(3)]
    for member in members:
        for p in member.parameters():
            nn.init.normal_(p)
    x, dy = examples(layer, 3)
    names = rule_of(layer).parameters
    stacked = [torch.stack([getattr(member, name).detach() for member in members]) for name in names]
    expected = [by_autograd(member, x[i], dy[i]) for i, member in enumerate(members)]
    for ours, theirs in zip(passes(layer, stacked, x, dy), zip(*expected, strict=True), strict=True):
        assert_close(ours, torch.stack(theirs))
    added = passes(layer, stacked, x, dy, add=True, start=1.0)
    for ours, theirs in zip(added[2:], [*zip(*expected, strict=True)][2:], strict=True):
        assert_close(ours, torch.stack(theirs) + 1)


def test_members_may_share_their_inputs():
    layer = nn.Linear(3, 4).double()
    x, dy = examples(layer)[0], torch.randn(2, 5, 4, dtype=torch.float64)
    stacked = [torch.stack([p.detach(), -p.detach()]) for p in layer.parameters()]
    shared = passes(layer, stacked, x, dy)
    for one, other in zip(shared, passes(layer, stacked, x.expand(2, -1, -1), dy), strict=True):
        assert_close(one, other)


@pytest.mark.parametrize("p", [0.4, 0.0, 1.0])
def test_dropout_draws_as_torch_does(p):
    layer, x = nn.Dropout(p), torch.randn(20, 5, dtype=torch.float64)
    dy = torch.randn_like(x)
    torch.manual_seed(1)
    ours, after = passes(layer, [], x, dy), torch.rand(())
    torch.manual_seed(1)
    for one, other in zip(ours, by_autograd(layer, x, dy), strict=True):
        assert_close(one, other)
    assert after == torch.rand(())


def test_other_layers_state_nothing():
    class Mine(nn.ReLU):
        def forward(self, x):
            return 2 * super().forward(x)

    for layer in (Mine(), nn.PReLU(), nn.BatchNorm1d(3), nn.Softmax(dim=0), activation("step")):
        assert rule_of(layer) is None
    assert all(issubclass(kind, nn.Module) for kind in RULES)


def test_dropout_follows_its_layer():
    layer = nn.Dropout(0.5)
    rule, x = rule_of(layer), torch.randn(4, 3)
    for p, training in ((0.5, True), (0.5, False), (0.2, True)):
        layer.p, layer.training = p, training
        torch.manual_seed(0)
        expected = layer(x)
        torch.manual_seed(0)
        assert torch.equal(rule.forward(x, ())[0], expected)
