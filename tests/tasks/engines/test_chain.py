"""Which networks are chains of layers, and the passes of a chain."""

from copy import deepcopy
from functools import partial

import pytest
import torch
from nnzoo.models.autoencoder import Autoencoder
from nnzoo.models.linear import Linear
from nnzoo.models.mlp import MLP
from nnzoo.spec import Batch
from nnzoo.tasks.engines.chain import Chain, find_chain
from nnzoo.tasks.engines.direct import gradients_of
from torch import nn
from torch.testing import assert_close

from tests.support.networks import Unmasked

X = torch.randn(2, 4, generator=torch.Generator().manual_seed(0))
BATCH = Batch(X, torch.zeros(2, dtype=torch.long))


class Noisy(nn.Module):
    """Its forward pass is a chain in evaluation only."""

    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 2))

    def forward(self, x, mask=None):
        return self.layers(x + torch.randn_like(x) if self.training else x)


class Scaled(Noisy):
    def forward(self, x, mask=None):
        return self.layers(x).mul_(2)  # the same tensor, with other values


class Doubled(Noisy):
    def forward(self, x, mask=None):
        return 2 * self.layers(x)


class Skips(Noisy):
    def forward(self, x, mask=None):
        hidden = self.layers[0](x)
        return self.layers[2](hidden + self.layers[1](hidden))


class Repeats(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(4, 4)

    def forward(self, x, mask=None):
        return self.layer(self.layer(x))


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.one, self.two = nn.Linear(4, 4), nn.Linear(4, 4)
        self.two.weight = self.one.weight

    def forward(self, x, mask=None):
        return self.two(self.one(x))


class Unused(Repeats):
    def __init__(self):
        super().__init__()
        self.other = nn.Linear(4, 2)

    def forward(self, x, mask=None):
        return self.layer(x)


class Hooked(Unused):
    def __init__(self):
        super().__init__()
        del self.other
        self.layer.register_forward_hook(lambda _, __, output: 2 * output)


class Sometimes(Noisy):
    """Leaves an activation out at random."""

    def forward(self, x, mask=None):
        hidden = self.layers[0](x)
        return self.layers[2](hidden if torch.rand(()) < 0.5 else self.layers[1](hidden))


class DependsOnData(Noisy):
    def forward(self, x, mask=None):
        hidden = self.layers[0](x)
        return self.layers[2](hidden if hidden.mean() > 0 else self.layers[1](hidden))


class Normalizes(Noisy):
    def forward(self, x, mask=None):
        self.layers[0].weight.data.clamp_(-0.1, 0.1)
        return self.layers(x)


class Counts(Noisy):
    """May compute something else after some passes."""

    calls = 0

    def forward(self, x, mask=None):
        self.calls += 1
        return self.layers(x)


def with_hook(register):
    """Return a network to which a function adds a hook."""
    net = nn.Sequential(nn.Linear(4, 3), nn.Sequential(nn.ReLU(), nn.Linear(3, 2)))
    register(net)
    return net


def with_other_forward():
    net = nn.Sequential(nn.Linear(4, 2))
    net[0].forward = lambda x: 2 * nn.functional.linear(x, net[0].weight)
    return net


@pytest.mark.parametrize(
    ("network", "reason"),
    [
        (Noisy, "model Noisy computes more than its layers"),
        (Scaled, "model Scaled computes more than its layers"),
        (Doubled, "model Doubled computes more than its layers"),
        (Skips, "model Skips computes more than its layers"),
        (Sometimes, "model Sometimes computes more than its layers"),
        (DependsOnData, "model DependsOnData computes more than its layers"),
        (Normalizes, "model Normalizes computes more than its layers"),
        (Counts, "model Counts changes its attributes in a forward pass"),
        (Repeats, "model Repeats uses a layer more than once"),
        (Tied, "model Tied has layers with shared parameters"),
        (Unused, "parameter other.weight of model Unused is not in a layer of the chain"),
        (Hooked, "layer Linear (layer) has hooks"),
        (
            partial(with_hook, lambda net: net[0].weight.register_hook(torch.zeros_like)),
            "layer Linear (0) has hooks",
        ),
        (
            partial(with_hook, lambda net: net[0].weight.register_post_accumulate_grad_hook(lambda p: None)),
            "layer Linear (0) has hooks",
        ),
        (
            partial(with_hook, lambda net: net[1].register_full_backward_hook(lambda *_: None)),
            "layer Sequential (1) has hooks",
        ),
        (
            partial(with_hook, lambda net: net[1][1].register_full_backward_pre_hook(lambda *_: None)),
            "layer Linear (1.1) has hooks",
        ),
        (with_other_forward, "layer Linear (0) states no derivative"),
        (
            lambda: MLP(in_features=4, out_features=2, norm="batch"),
            "layer BatchNorm (layers.1) states no derivative",
        ),
        (
            lambda: Autoencoder(in_features=4, tied=True),
            "layer TiedLinear (decoder.0) states no derivative",
        ),
    ],
)
def test_what_is_no_chain(network, reason):
    net = network()
    before = deepcopy(net.state_dict())
    assert find_chain(Unmasked(net), BATCH) == reason
    assert getattr(net, "calls", 0) == 0
    assert_close(net.state_dict(), before)


@pytest.mark.parametrize(
    ("network", "layers"),
    [
        (lambda: MLP(in_features=4, out_features=2, hidden=(3, 5), dropout=0.5), 7),
        (lambda: Linear(in_features=4, out_features=2), 1),
        (lambda: Autoencoder(in_features=4, hidden=(5,), code=2), 6),
        (lambda: nn.Linear(4, 2), 1),
    ],
)
def test_chains_have_the_parameters_of_the_network(network, layers):
    net = network()
    net.eval()
    before = torch.get_rng_state()
    chain = find_chain(Unmasked(net), BATCH)
    assert isinstance(chain, Chain)
    assert len(chain.rules) == layers
    assert dict(zip(chain.names, chain.parameters, strict=True)) == dict(net.named_parameters())
    assert torch.equal(torch.get_rng_state(), before)
    assert not any(module.training for module in net.modules())


def test_frozen_layers_are_left_out():
    net = MLP(in_features=4, out_features=2, hidden=(3, 3), activation="tanh").double()
    for p in net.layers[:3].parameters():
        p.requires_grad_(False)
    net.layers[4].bias.requires_grad_(False)
    chain = find_chain(net, Batch(X.double(), BATCH.y))
    gradients = [torch.full_like(p, 7.0) if p.requires_grad else None for p in chain.parameters]
    dy = torch.randn(2, 2, dtype=torch.float64)
    net(X.double()).backward(dy)
    with torch.no_grad():
        output, memories = chain.forward(X.double(), chain.parameters)
        chain.backward(dy, memories, chain.parameters, gradients)
    assert_close(output, net(X.double()).detach())
    for p, gradient in zip(chain.parameters, gradients, strict=True):
        assert (p.grad is None) == (gradient is None)
        if gradient is not None:
            assert_close(gradient, p.grad)


def test_layers_that_are_frozen_and_unfrozen_in_training():
    net = nn.Sequential(nn.Linear(4, 3), nn.Tanh(), nn.Linear(3, 2))
    net[0].requires_grad_(False)
    chain, x = find_chain(Unmasked(net), BATCH), X
    for learned in (2, 0):
        net.requires_grad_(False)[learned].requires_grad_(True)
        dy = torch.randn(2, 2)
        expected = torch.autograd.grad(net(x), net[learned].weight, dy)[0]
        with torch.no_grad():
            _, memories = chain.forward(x, chain.parameters)
            chain.backward(dy, memories, chain.parameters, gradients_of(chain.parameters))
        assert_close(net[learned].weight.grad, expected)
        assert net[2 - learned].weight.grad is None  # an optimizer takes no step


def test_a_network_as_a_whole_by_finite_differences():
    """gradcheck in float64 of all parameters together."""
    net = MLP(in_features=4, out_features=2, hidden=(3, 3), activation="softplus").double()
    x = X.double()
    chain = find_chain(net, Batch(x, BATCH.y))

    class Stated(torch.autograd.Function):
        @staticmethod
        def forward(ctx, *parameters):
            output, ctx.memories = chain.forward(x, parameters)
            ctx.save_for_backward(*parameters)
            return output

        @staticmethod
        def backward(ctx, dy):
            gradients = [torch.empty_like(p) for p in ctx.saved_tensors]
            chain.backward(dy, ctx.memories, ctx.saved_tensors, gradients)
            return tuple(gradients)

    torch.autograd.gradcheck(Stated.apply, [p.detach().clone().requires_grad_() for p in chain.parameters])


def test_members_of_a_chain():
    nets = [MLP(in_features=4, out_features=2, hidden=(3,)).double() for _ in range(3)]
    x, dy = torch.randn(3, 5, 4, dtype=torch.float64), torch.randn(3, 5, 2, dtype=torch.float64)
    chain = find_chain(nets[0], Batch(X.double(), BATCH.y))
    stacked = [torch.stack([dict(net.named_parameters())[name].detach() for net in nets]) for name in chain.names]
    gradients = [torch.empty_like(p) for p in stacked]
    output, memories = chain.forward(x, stacked)
    chain.backward(dy, memories, stacked, gradients)
    for i, net in enumerate(nets):
        expected = net(x[i])
        assert_close(output[i], expected.detach())
        expected.backward(dy[i])
        for name, gradient in zip(chain.names, gradients, strict=True):
            assert_close(gradient[i], dict(net.named_parameters())[name].grad)
