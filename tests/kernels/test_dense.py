"""Compiled steps of a chain of dense layers against torch's autograd and SGD."""

import pytest
import torch
from nnzoo.kernels import dense
from nnzoo.losses import (
    BinaryCrossEntropy,
    CrossEntropy,
    Hinge,
    LeastAbsolute,
    Logistic,
    PerceptronCriterion,
    Squared,
    SquaredHinge,
    WidrowHoff,
)
from torch import nn
from torch.testing import assert_close

pytest.importorskip("numba")

LOSSES = {
    "softmax": CrossEntropy(),
    "logistic": Logistic(),
    "hinge": Hinge(margin=0.7),
    "squared_hinge": SquaredHinge(),
    "perceptron": PerceptronCriterion(),
    "widrow_hoff": WidrowHoff(),
    "least_absolute": LeastAbsolute(),
    "squared": Squared(),
    "bits": BinaryCrossEntropy(),
}
NUMBERS = ("squared", "bits")
DESCENT = {"bound": 0.7, "scale": 1.0, "mean": True, "size": 3, "lr": 0.1}


def network(activations, *, bias=True, outputs=3):
    torch.manual_seed(0)
    sizes = [4, *range(5, 5 + len(activations)), outputs]
    net = nn.Sequential()
    for n, m, name in zip(sizes, sizes[1:], [*activations, "identity"], strict=False):
        net.append(nn.Linear(n, m, bias=bias))
        if name != "identity":
            net.append({"relu": nn.ReLU, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid}[name]())
    biased = (bias,) * (len(activations) + 1)
    return net, dense.Layers(tuple(sizes), biased, (*activations, "identity"))


def examples(loss, outputs=3, n=11):
    generator = torch.Generator().manual_seed(1)
    x = torch.randn(n, 4, generator=generator)
    if loss in NUMBERS:
        return x, torch.rand(n, outputs, generator=generator)
    return x, torch.randint(0, max(2, outputs), (n,), generator=generator)


def both(net, layers, loss, x, y, descent):
    """Return outputs, losses and weights of both; torch takes the steps in float64."""
    weights = torch.cat([p.detach().reshape(-1) for p in net.parameters()])
    velocity = torch.zeros_like(weights) if descent.momentum else weights.new_empty(0)
    outputs, losses = dense.take_steps(x, y, weights, velocity, layers, descent)
    net.double()
    optimizer = torch.optim.SGD(
        net.parameters(), lr=descent.lr, weight_decay=descent.weight_decay, momentum=descent.momentum
    )
    factor = y.shape[1] if loss == "squared" else 1  # the kernel sums over the outputs
    theirs = []
    y = y.double() if y.is_floating_point() else y
    for rows in torch.arange(len(x)).split(descent.size):
        output = net(x[rows].double())
        value = LOSSES[loss](output, y[rows])
        optimizer.zero_grad()
        (descent.scale * factor * (value.mean() if descent.mean else value.sum())).backward()
        optimizer.step()
        theirs.append((output.detach(), value.detach()))
    expected = [torch.cat(each) for each in zip(*theirs, strict=True)]
    expected.append(torch.cat([p.detach().reshape(-1) for p in net.parameters()]))
    return [outputs.double(), losses.double() / factor, weights.double()], expected


def check(ours, theirs):
    for one, other in zip(ours, theirs, strict=True):
        assert_close(one, other, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("outputs", [3, 1])
def test_losses(loss, outputs):
    if outputs == 1 and loss == "softmax":
        return
    net, layers = network(("tanh",), outputs=outputs)
    x, y = examples(loss, outputs)
    scale = 1 / outputs if loss == "squared" else 1.0
    ours, theirs = both(net, layers, loss, x, y, dense.Descent(loss, **DESCENT | {"scale": scale}))
    check(ours, theirs)


@pytest.mark.parametrize("activations", [(), ("relu",), ("sigmoid", "tanh"), ("identity", "relu", "tanh")])
@pytest.mark.parametrize("bias", [True, False])
def test_layers(activations, bias):
    net, layers = network(activations, bias=bias)
    check(*both(net, layers, "softmax", *examples("softmax"), dense.Descent("softmax", **DESCENT)))


@pytest.mark.parametrize(
    "settings",
    [
        {"size": 1},
        {"size": 11},
        {"size": 50},
        {"mean": False},
        {"scale": 0.5},
        {"weight_decay": 0.3},
        {"momentum": 0.9},
        {"momentum": 0.9, "weight_decay": 0.3, "size": 1},
    ],
)
def test_descent(settings):
    net, layers = network(("relu",))
    check(*both(net, layers, "softmax", *examples("softmax"), dense.Descent("softmax", **DESCENT | settings)))


def test_calls_take_turns():
    """Steps in one call are the steps of several calls, to the last bit."""
    net, layers = network(("relu",))
    x, y = examples("softmax")
    descent = dense.Descent("softmax", **DESCENT, momentum=0.9)
    found = []
    for parts in ((11,), (3, 6, 2)):
        weights = torch.cat([p.detach().reshape(-1) for p in net.parameters()])
        velocity = torch.zeros_like(weights)
        for rows in torch.arange(11).split(list(parts)):
            dense.take_steps(x[rows], y[rows], weights, velocity, layers, descent)
        found.append((weights, velocity))
    assert all(torch.equal(one, other) for one, other in zip(*found, strict=True))


def test_large_outputs_stay_finite():
    net, layers = network(())
    x, y = examples("softmax")
    for loss in ("softmax", "logistic", "bits"):
        target = examples(loss)[1]
        weights = torch.cat([1000 * p.detach().reshape(-1) for p in net.parameters()])
        _, losses = dense.take_steps(x, target, weights, weights[:0], layers, dense.Descent(loss, **DESCENT))
        assert losses.isfinite().all(), loss
    assert len(y) == 11


@pytest.mark.parametrize("loss", dense.LOSSES)
def test_the_loss_of_outputs_that_are_not_numbers(loss):
    net, layers = network(["relu"])
    weights = torch.cat([p.detach().reshape(-1) for p in net.parameters()])
    weights[0] = torch.nan
    x, y = examples(loss)
    _, losses = dense.take_steps(x, y, weights, weights.new_empty(0), layers, dense.Descent(loss=loss, **DESCENT))
    assert losses.isnan().all()
