"""The three backward rules, against the worked example, by hand, and for every way to use an activation."""

import pytest
import torch
from nnzoo.analysis.explanations.backward_rules import BackwardRule, activation_nodes, input_gradient
from nnzoo.analysis.explanations.pixel_gradients import pixel_gradients, strongest_channel
from nnzoo.analysis.explanations.scores import class_score, unit_score
from nnzoo.layers.activations import activation
from nnzoo.models.mlp import MLP
from torch import nn
from torch.nn.functional import conv2d, conv_transpose2d, linear, max_pool2d, max_unpool2d

BACKPROP, DECONVNET, GUIDED = BackwardRule.BACKPROP, BackwardRule.DECONVNET, BackwardRule.GUIDED
RULES = pytest.mark.parametrize("rule", [BACKPROP, DECONVNET, GUIDED], ids=["backprop", "deconvnet", "guided"])
Z = torch.tensor([[1.0, -1, 5], [2, -5, -7], [-3, 2, 4]])
G = torch.tensor([[-2.0, 3, -1], [6, -3, 1], [2, -1, 3]])
PUBLISHED = [
    (BACKPROP, [[-2, 0, -1], [6, 0, 0], [0, -1, 3]]),
    (DECONVNET, [[0, 3, 0], [6, 0, 1], [2, 0, 3]]),
    (GUIDED, [[0, 0, 0], [6, 0, 0], [0, 0, 3]]),
]


def propagated(z, g, rule, f=torch.relu):
    z = z.clone().requires_grad_()
    return input_gradient(f(z * 1) * g, z, rule)  # the gradient of the sum with respect to f(z) is g


@pytest.mark.parametrize(("rule", "expected"), PUBLISHED, ids=["backprop", "deconvnet", "guided"])
def test_figure_8_14(rule, expected):
    assert propagated(Z, G, rule).tolist() == expected


def test_o14_guided_is_both_conditions():
    z, g = torch.randn(2, 100)
    masks = {rule: propagated(z, g, rule) != 0 for rule in (BACKPROP, DECONVNET, GUIDED)}
    assert torch.equal(masks[GUIDED], masks[BACKPROP] & masks[DECONVNET])
    assert 0 < masks[GUIDED].sum() < min(masks[BACKPROP].sum(), masks[DECONVNET].sum())
    assert torch.equal(propagated(z, g, DECONVNET), g.relu())
    assert BACKPROP | DECONVNET == GUIDED
    for rule in (BACKPROP, DECONVNET, GUIDED):
        assert torch.equal(propagated(z.abs(), g.abs(), rule), g.abs())


@pytest.mark.parametrize(
    "name", ["relu", "leaky_relu", "prelu", "elu", "softplus", "hard_tanh", "tanh", "scaled_tanh", "sigmoid"]
)
def test_increasing_activations_have_their_derivative(name):
    f = activation(name).double()
    z, g = 2 * torch.randn(2, 50, dtype=torch.float64)
    step = 1e-6
    slope = ((f(z + step) - f(z - step)) / (2 * step)).detach()
    outer = 1.7159 if name == "scaled_tanh" else 1  # the rule is that of the tanh inside
    inner = 2 / 3 if name == "scaled_tanh" else 1
    torch.testing.assert_close(propagated(z, g, BACKPROP, f), g * slope)
    torch.testing.assert_close(propagated(z, g, GUIDED, f), g * slope * (g > 0))
    torch.testing.assert_close(propagated(z, g, DECONVNET, f), g * (g > 0) * outer * inner)


def pooled_net():
    torch.manual_seed(1)
    return nn.Sequential(
        nn.Conv2d(2, 3, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(3, 4, 3),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(16, 5),
    ).double()


@RULES
def test_network_by_hand(rule):
    """The decoder of a deconvnet: unpooling with switches, a ReLU, and the transposed filters."""
    net = pooled_net()
    first, _, _, second, _, _, dense = net
    x, k = torch.randn(3, 2, 8, 8, dtype=torch.float64), torch.tensor([0, 4, 2])

    def through(z, g):
        return g * (z > 0 if rule != DECONVNET else 1) * (g > 0 if rule != BACKPROP else 1)

    z1 = conv2d(x, first.weight, first.bias, padding=1)
    pooled, switches = max_pool2d(z1.relu(), 2, return_indices=True)
    z2 = conv2d(pooled, second.weight, second.bias)
    g = through(z2, dense.weight[k].view_as(z2))
    g = through(z1, max_unpool2d(conv_transpose2d(g, second.weight), switches, 2))
    expected = conv_transpose2d(g, first.weight, padding=1)
    found = pixel_gradients(class_score(net, k), x, rule)
    torch.testing.assert_close(found, expected.detach())
    torch.testing.assert_close(strongest_channel(found), expected.detach().abs().max(1, keepdim=True).values)
    assert strongest_channel(found).shape == (3, 1, 8, 8)  # W23: one number for each pixel


class Functional(nn.Module):
    """The layers of `pooled_net` with functions, used twice or in place."""

    def __init__(self, net, act):
        super().__init__()
        self.first, self.second, self.dense = net[0], net[3], net[6]
        self.act = act

    def forward(self, x):
        x = max_pool2d(self.act(self.first(x)), 2)
        return linear(self.act(self.second(x)).flatten(1), self.dense.weight, self.dense.bias)


WAYS = {
    "a module used twice": nn.ReLU(),
    "a module in place": nn.ReLU(inplace=True),
    "torch.relu": torch.relu,
    "torch.relu_": torch.relu_,
    "functional": nn.functional.relu,
    "clamp": lambda x: x.clamp(min=0),
    "clamp_": lambda x: x.clamp_(min=0),
}


@RULES
@pytest.mark.parametrize("way", WAYS)
def test_every_way_to_use_an_activation(rule, way):
    net, x, k = pooled_net(), torch.randn(3, 2, 8, 8, dtype=torch.float64), torch.tensor([0, 4, 2])
    expected = pixel_gradients(class_score(net, k), x, rule)
    other = Functional(net, WAYS[way])
    for _ in range(2):  # the second call does not differ
        assert torch.equal(pixel_gradients(class_score(other, k), x, rule), expected)
    assert all(parameter.grad is None for parameter in net.parameters())
    assert not any(each._forward_hooks or each._backward_hooks for each in other.modules())


def test_activation_in_place_on_the_input():
    net = nn.Sequential(nn.ReLU(inplace=True), nn.Flatten(), nn.Linear(4, 2))
    x = torch.tensor([[[[1.0, -1.0], [2.0, -2.0]]]])
    found = pixel_gradients(class_score(net, torch.tensor([1])), x)
    assert torch.equal(found.flatten(), net[2].weight[1] * torch.tensor([1, 0, 1, 0]))
    assert x.min() == -2


def test_a_unit_of_a_layer_before_an_activation_in_place():
    net = nn.Sequential(nn.Linear(4, 3), nn.ReLU(inplace=True), nn.Linear(3, 2))
    x = torch.randn(5, 4)
    assert torch.equal(unit_score(net, "0", 2)(x), linear(x, net[0].weight, net[0].bias)[:, 2])


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("gaussian", "guided needs increasing activation functions such as ReLU; there are none before what is expl"),
        ("softmax", "the network has Softmax"),
        ("identity", "guided needs increasing activation functions"),
    ],
)
def test_other_activations_are_refused(name, reason):
    net = MLP(in_features=4, out_features=2, hidden=[3], activation=name)
    with pytest.raises(ValueError, match=reason):
        pixel_gradients(class_score(net, torch.tensor([0])), torch.randn(1, 4), GUIDED)


def test_outputs_without_derivative_are_refused():
    net = MLP(in_features=4, out_features=2, hidden=[3], activation="sign")
    for score in (class_score(net, torch.tensor([0])), lambda x: (x > 0).float().sum(1)):
        with pytest.raises(ValueError, match="no derivative with respect to the input; sign and step have none"):
            pixel_gradients(score, torch.randn(1, 4))


class Own(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x.relu()

    @staticmethod
    def backward(ctx, g):
        return g


def test_unknown_functions_are_refused():
    for f, name in ((nn.GELU(), "Gelu"), (Own.apply, "Own")):
        with pytest.raises(ValueError, match=f"the network has {name}"):
            propagated(Z, G, GUIDED, lambda x, f=f: f(x).relu())


def test_all_activations_are_found():
    x = torch.randn(2, 3, requires_grad=True)
    shared = x.relu()
    assert len(activation_nodes((shared + shared.relu() + torch.tanh(shared)).sum(), GUIDED)) == 3
