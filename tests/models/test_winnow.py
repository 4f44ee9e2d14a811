import torch
from nnzoo.layers.init import initialize
from nnzoo.models.winnow import Winnow
from nnzoo.optim.exponentiated_gradient import ExponentiatedGradient
from nnzoo.rules.perceptron import Perceptron


def test_value_and_gradient():
    net = Winnow(in_features=4, out_features=2, threshold=1.5).double()
    x = torch.randn(3, 4, dtype=torch.float64, requires_grad=True)
    output = net(x)
    torch.testing.assert_close(output, torch.einsum("oi,ni->no", net.linear.weight, x) - 1.5)
    output.sum().backward()
    torch.testing.assert_close(x.grad, net.linear.weight.detach().sum(0).expand(3, 4))
    assert Winnow(in_features=6, out_features=1).head.threshold == 3


def mistakes(features, multiplicative):
    """Return the number of errors until all examples are correct; the class is whether one of two inputs is 1."""
    generator = torch.Generator().manual_seed(0)
    x = (torch.rand(200, features, generator=generator) < 0.2).float()
    y = x[:, :2].any(1).long()
    rule, wrong = Perceptron(), 0
    net = Winnow(in_features=features, out_features=1) if multiplicative else torch.nn.Linear(features, 1)
    initialize(net, "one" if multiplicative else "zero")
    optimizer = ExponentiatedGradient(net.parameters()) if multiplicative else torch.optim.SGD(net.parameters(), 1.0)
    before = -1
    while wrong > before:
        before = wrong
        for i in range(len(x)):
            output = net(x[i : i + 1])
            error = rule.error(output.detach(), y[i : i + 1])
            if error.any():
                wrong += 1
                optimizer.zero_grad()
                output.backward(-error)
                optimizer.step()
    assert ((net(x)[:, 0] > 0) == y.bool()).all()
    return wrong


def test_irrelevant_inputs_cost_few_errors():
    """Aggarwal 1.10: with many irrelevant inputs multiplicative updates make fewer mistakes than additive ones."""
    few, many = mistakes(20, multiplicative=True), mistakes(320, multiplicative=True)
    assert many < mistakes(320, multiplicative=False) / 2
    assert many < few + 30  # errors grow by a constant when the number of inputs doubles
